"""What the large money does: readings of closed quarters, and the running one so far."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from dashboards.liveness import FeedState, SymbolKey
from dashboards.queries.smart_money import (
    ACTIONS_TAIL,
    PRELIMINARY,
    QUARTER_BARS,
    QUARTER_NOW,
    SMART_MONEY,
)
from dashboards.reader import Row
from dashboards.web.answers.smart_money import SmartMoneyAnswer, SmartMoneyHistoryAnswer
from dashboards.web.api.params import (
    BadParameterError,
    SmartMoneyHistoryParams,
    SmartMoneyParams,
    parse,
)
from dashboards.web.api.routes import Route
from dashboards.web.http import json_response
from dashboards.web.site import Site
from schemas.record import symbol_key
from schemas.units import DAY_MS, HOUR_MS, QUARTER_MS

ACTION_MS: Final = QUARTER_MS
"""How far back final actions are told."""
ACTION_LIMIT: Final = 100
WHOLE: Final = 1_000
"""Amounts from here on are told without decimals."""
READING_LIMIT: Final = 1_000


class SmartMoneyApi:
    """Handlers of /api/v1/smart-money."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Return what is served."""
        return [
            Route(
                "/api/v1/smart-money/detect",
                self.detect,
                "The newest reading of each symbol, the running quarter and the final actions",
                params=SmartMoneyParams,
                answer=SmartMoneyAnswer,
                errors=(404,),
            ),
            Route(
                "/api/v1/smart-money/history",
                self.history,
                "Readings of closed quarters, the newest first",
                params=SmartMoneyHistoryParams,
                answer=SmartMoneyHistoryAnswer,
                errors=(404,),
            ),
        ]

    async def detect(self, request: web.Request) -> web.Response:
        """The newest readings."""
        params = parse(SmartMoneyParams, request.query)
        await self._check(params.symbol)
        document, actions = await asyncio.gather(self.view(), self._actions())
        for entry in document["symbols"]:
            entry["actions"] = actions.get((entry["venue"], entry["symbol"]), [])
        if params.symbol is not None:
            document["symbols"] = [
                entry for entry in document["symbols"] if entry["symbol"] == params.symbol
            ]
        return json_response(document)

    async def history(self, request: web.Request) -> web.Response:
        """Earlier readings."""
        params = parse(SmartMoneyHistoryParams, request.query)
        await self._check(params.symbol)
        horizon_ms = params.hours * HOUR_MS
        rows, bars = await asyncio.gather(
            self._readings(params.symbol or "", horizon_ms, READING_LIMIT),
            self._site.reader.rows(QUARTER_BARS, {"horizon_ms": horizon_ms}),
        )
        readings = with_bars([_reading(row) for row in rows], bars)
        snapshot = await self._site.snapshots.current()
        asked = [key for key in snapshot.states if params.symbol in {None, key[1]}]
        document = {"count": len(readings), "not_live": snapshot.not_live(asked)}
        return json_response({**document, "readings": readings})

    async def view(self) -> dict[str, Any]:
        """Return the newest readings of all symbols."""
        snapshot = await self._site.snapshots.current()
        newest = await self._site.snapshots.newest_ms()
        if not newest:
            return {"symbols": []}
        readings, running, quarters = await asyncio.gather(
            self._readings("", DAY_MS, READING_LIMIT),
            self._site.reader.rows(PRELIMINARY, _at(newest)),
            self._site.reader.rows(QUARTER_NOW, _at(newest)),
        )
        symbols = []
        for (venue, symbol), state in snapshot.states.items():
            key = (venue, symbol)
            is_live = state.liveness.state is FeedState.LIVE
            own, so_far, quarter = (_of(key, rows) for rows in (readings, running, quarters))
            symbols.append(
                {
                    "venue": venue,
                    "symbol": symbol,
                    "now_ms": state.now_ms,
                    "quote": state.context["quote"],
                    "quote_usd": state.context["quote_usd"],
                    **state.liveness.as_dict(),
                    "action": state.summary["final_action"],
                    "smart_score": state.context["smart_score"],
                    "reading": _reading(own[0]) if own else None,
                    "preliminary": _reading(so_far[0]) if so_far and is_live else None,
                    "quarter": running_quarter(quarter[0]) if quarter else None,
                }
            )
        return {"symbols": symbols}

    async def _actions(self) -> dict[SymbolKey, list[Row]]:
        """Return the newest final actions of every symbol, in ascending time."""
        newest = await self._site.snapshots.newest_ms()
        found: dict[SymbolKey, list[Row]] = {key: [] for key in newest}
        if newest:
            parameters = {**_at(newest), "tail_ms": ACTION_MS, "limit": ACTION_LIMIT}
            for row in reversed(await self._site.reader.rows(ACTIONS_TAIL, parameters)):
                found[row.pop("venue"), row.pop("symbol")].append(row)
        return found

    async def _readings(self, symbol: str, horizon_ms: int, limit: int) -> list[Row]:
        return await self._site.reader.rows(
            SMART_MONEY, {"symbol": symbol, "horizon_ms": horizon_ms, "limit": limit}
        )

    async def _check(self, symbol: str | None) -> None:
        snapshot = await self._site.snapshots.current()
        if symbol is not None and symbol not in snapshot.symbols:
            raise BadParameterError("symbol", f"unknown symbol {symbol}", snapshot.symbols, 404)


def running_quarter(row: Row) -> dict[str, Any]:
    """Return the quarter so far: changes in %, money in USD, times in ms."""
    start = (row["until_ms"] - 1) // QUARTER_MS * QUARTER_MS
    return {
        "start_ms": start,
        "end_ms": start + QUARTER_MS,
        "until_ms": row["until_ms"],
        "price_change_pct": _change_pct(row["first_price"], row["last_price"]),
        "delta_usd": _amount(row["delta_usd"]),
        "volume_usd": _amount(row["volume_usd"]),
        "oi_change_pct": _change_pct(row["first_oi"], row["last_oi"]),
    }


def with_bars(readings: list[dict[str, Any]], bars: list[Row]) -> list[dict[str, Any]]:
    """Return readings with delta and volume of their quarter, USD; None if unknown."""
    by_start = {(bar["venue"], bar["symbol"], bar["event_time"]): bar for bar in bars}
    found = []
    for reading in readings:
        start = (reading["event_time"] - 1) // QUARTER_MS * QUARTER_MS
        bar = by_start.get((reading["venue"], reading["symbol"], start))
        figures = {
            name: _amount(bar[name]) if bar is not None else None
            for name in ("delta_usd", "volume_usd")
        }
        found.append({**reading, **figures})
    return found


def _amount(value: float) -> float:
    """Leave out what nobody reads of thousands of dollars; a small amount may be one in BTC."""
    return round(value) if abs(value) >= WHOLE else round(value, 8)


def _change_pct(before: float | None, after: float | None) -> float | None:
    if before is None or after is None or before == 0:
        return None
    return (after - before) / before * 100


def _reading(row: Row) -> dict[str, Any]:
    return {**row, "evidence": json.loads(row["evidence"])}


def _of(key: SymbolKey, rows: list[Row]) -> list[Row]:
    return [row for row in rows if (row["venue"], row["symbol"]) == key]


def _at(newest: Mapping[SymbolKey, int]) -> dict[str, Any]:
    return {
        "symbols": [symbol_key(*key) for key in newest],
        "now_ms": list(newest.values()),
    }
