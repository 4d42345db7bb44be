"""Runs the SQL of panels for the page, once for all who look at the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.liveness import SymbolKey
from dashboards.panels import window
from dashboards.panels.answer import values
from dashboards.panels.catalog import BOARD_OF, PANEL_OF
from dashboards.panels.macros import TimeRange, expand, variables_of
from dashboards.panels.model import Kind, Panel
from dashboards.panels.variables import SYMBOL
from dashboards.queries.now import IN_USD
from dashboards.reader import StoreReader
from dashboards.web.api.params import BadParameterError, PanelParams
from dashboards.web.snapshot import Snapshots
from schemas.clock import wall_ms
from schemas.instrument import asset_of_symbol
from schemas.quotes import DOLLARS, quote_of
from schemas.record import symbol_key
from schemas.signals import Classification, ReadingKind

QUICK_S: Final = 1.0
SLOW_S: Final = 2.0
"""Seconds between two runs of what is read in full: tables, timelines, sums."""
SLOWEST_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Question:
    """A panel with all that its SQL needs."""

    panel: Panel
    time_range: TimeRange
    variables: Mapping[str, str | Sequence[str]]
    is_tail: bool
    symbols: frozenset[SymbolKey]
    """Whom it is about."""


class PanelSource:
    """Turns what a request asks into a question, and a question into an answer."""

    def __init__(
        self, reader: StoreReader, snapshots: Snapshots, horizons_ms: Sequence[int]
    ) -> None:
        """`horizons_ms`: those of the outcomes, ms."""
        self._reader = reader
        self._snapshots = snapshots
        self._horizons_ms = horizons_ms

    async def question(self, key: str, params: PanelParams, *, tail: bool) -> Question:
        """Return what is asked; with `tail` its newest seconds alone, where these say all.

        Raises BadParameterError and StoreError.
        """
        panel = panel_of(key)
        board = BOARD_OF[key]
        # Of streams there is something to tell even where there is no market data.
        named = params.symbol is not None or "symbol" in panel.query.names
        newest = await self._snapshots.newest_ms(waiting=board.by_wall_clock and named)
        chosen = {
            (venue, symbol): now_ms
            for (venue, symbol), now_ms in newest.items()
            if params.symbol in {None, symbol}
            and params.venue in {None, venue}
            and params.coin in {None, asset_of_symbol(symbol)}
        }
        symbols = sorted({symbol for _, symbol in chosen})
        coins = sorted({asset_of_symbol(symbol) for symbol in symbols})
        if params.coin is not None and not coins:
            known = sorted({asset_of_symbol(symbol) for _, symbol in newest})
            raise BadParameterError("coin", f"unknown coin {params.coin}", known, 404)
        if params.symbol is not None and not symbols:
            known = sorted({symbol for _, symbol in newest})
            at = f" at venue {params.venue}" if params.venue else ""
            raise BadParameterError("symbol", f"unknown symbol {params.symbol}{at}", known, 404)
        is_of_one = SYMBOL in board.variables and "symbol" not in panel.query.names
        if is_of_one and len(chosen) > 1:
            name = "venue" if params.symbol else "symbol"
            allowed = sorted({venue for venue, _ in chosen}) if params.symbol else symbols
            raise BadParameterError(name, f"panel {key}: parameter {name} is missing", allowed)
        now_ms = max(chosen.values(), default=0)
        if board.by_wall_clock:
            now_ms = wall_ms()
        variables: dict[str, str | Sequence[str]] = {
            # Nothing is known yet: no symbol has this name.
            "venue": sorted({venue for venue, _ in chosen}) or "",
            "symbol": symbols or "",
            "coin": coins or "",
            "class": [str(name) for name in Classification],
            "kind": [str(name) for name in ReadingKind],
            "horizon": [str(horizon_ms) for horizon_ms in self._horizons_ms],
        }
        if "order_id" in variables_of(panel.query.sql):
            if params.order_id is None:
                raise BadParameterError(
                    "order_id", f"panel {key}: parameter order_id is missing", "an order's id"
                )
            variables["order_id"] = params.order_id
        is_tail = tail and panel.query.by_time and params.from_ms is None
        time_range = _time_range(params, now_ms, tail=is_tail)
        return Question(panel, time_range, variables, is_tail, frozenset(chosen))

    async def answer(self, question: Question) -> dict[str, Any]:
        """Return the panel's answer as JSON values. Raises StoreError."""
        panel, time_range = question.panel, question.time_range
        found = await self._reader.columns(expand(panel.query.sql, time_range, question.variables))
        quotes = await self._quotes(question) if panel.has_amounts else {}
        by_name = {column.name: column for column in found}
        return {
            "key": panel.key,
            "from_ms": time_range.from_ms,
            "to_ms": time_range.to_ms,
            "step_ms": time_range.interval_ms,
            "tail": question.is_tail,
            "quotes": quotes,
            "columns": {
                column.name: values(
                    column,
                    by_name[column.name].type,
                    by_name[column.name].values,
                    rounds=not quotes,
                )
                if found
                else []
                for column in panel.query.columns
            },
        }

    async def _quotes(self, question: Question) -> dict[str, str]:
        """Return the quote currency of every symbol whose amounts are in it, by `venue:symbol`."""
        keys = {
            key: quote
            for key in question.symbols
            if (quote := quote_of(key[1])) and quote not in DOLLARS
        }
        if not keys:
            return {}
        rows = await self._reader.rows(
            IN_USD,
            {
                "symbols": [symbol_key(*key) for key in keys],
                "from_ms": question.time_range.from_ms,
                "to_ms": question.time_range.to_ms,
            },
        )
        told = {(row["venue"], row["symbol"]): bool(row["is_in_usd"]) for row in rows}
        states = (await self._snapshots.current()).states
        for key in keys.keys() - told.keys():
            told[key] = key in states and states[key].context["quote_usd"] is not None
        return {symbol_key(*key): quote for key, quote in sorted(keys.items()) if not told[key]}


def panel_of(key: str) -> Panel:
    """Return the panel of a key. Raises BadParameterError."""
    if key not in PANEL_OF:
        raise BadParameterError("key", f"unknown panel {key}", sorted(PANEL_OF), status=404)
    return PANEL_OF[key]


def interval_s(panel: Panel, params: PanelParams) -> float:
    """Return how often a panel is worth running while somebody looks, s."""
    if params.to_ms is not None:
        return SLOWEST_S
    if panel.query.by_time or panel.kind is Kind.SPANS:
        return QUICK_S
    if panel.kind in (Kind.TABLE, Kind.STATES, Kind.STAT):
        return SLOW_S
    return min(SLOWEST_S, max(SLOW_S, window.WINDOW_STEP_MS[params.minutes] / 1_000))


def _time_range(params: PanelParams, now_ms: int, *, tail: bool) -> TimeRange:
    if params.from_ms is not None:
        to_ms = now_ms if params.to_ms is None else params.to_ms
        if params.from_ms > to_ms:
            raise BadParameterError(
                "from_ms", f"parameter from_ms: {params.from_ms} is after to_ms",
                f"integer <= {to_ms}",
            )  # fmt: skip
        return window.span(params.from_ms, to_ms)
    if tail:
        return window.tail(now_ms, params.minutes)
    return window.window(now_ms, params.minutes)
