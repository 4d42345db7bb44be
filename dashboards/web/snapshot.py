"""The newest state of every symbol, read at most a few times a second however many people look."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from dashboards.large_orders import SymbolState, newest_times, symbol_state
from dashboards.liveness import FeedState, Liveness, LivenessWatch, StreamWords, SymbolKey
from dashboards.queries import now
from dashboards.reader import Row, StoreReader
from dashboards.symbol_list import SortBy, first_of
from schemas.clock import wall_ms
from schemas.record import symbol_key
from schemas.units import DAY_MS

FRESH_S: Final = 0.8
"""A state younger than this is shown again instead of read again."""
HORIZON_MS: Final = DAY_MS
"""Orders and symbols that are older than this, in event time, are not looked for."""
CLOSED_MS: Final = 120_000
"""How long a closed order stays visible, event time."""
ORDER_LIMIT: Final = 120
"""Most orders shown of a symbol."""
ENDED: Final = Liveness(FeedState.STALE, HORIZON_MS, "nothing of it in the last 24 h")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of all symbols, by (venue, symbol)."""

    states: dict[SymbolKey, SymbolState]
    waiting: frozenset[SymbolKey] = frozenset()
    """Symbols of which there is no market data, only the report that a stream is not up: they do
    not trade, or ended long ago."""

    @property
    def symbols(self) -> list[str]:
        """Known symbols, each once."""
        return sorted({symbol for _, symbol in self.states})

    def find(self, symbol: str, venue: str | None) -> list[SymbolState]:
        """Return the states of a symbol, of one venue or of all."""
        return [
            state
            for state in self.states.values()
            if state.symbol == symbol and venue in {None, state.venue}
        ]

    def age(self, venue: str, symbol: str) -> Liveness:
        """Return the liveness of a symbol; of one too old to be known, that it has ended."""
        state = self.states.get((venue, symbol))
        return ENDED if state is None else state.liveness

    def quote(self, venue: str, symbol: str) -> str:
        """Return the quote currency of a symbol whose amounts are in it; empty: they are in USD."""
        state = self.states.get((venue, symbol))
        if state is None or state.context["quote_usd"] is not None:
            return ""
        return str(state.context["quote"])

    def not_live(self, keys: Collection[SymbolKey]) -> list[dict[str, Any]]:
        """Return those of the symbols that are not live, with their newest event time and why."""
        return [
            {
                "venue": state.venue,
                "symbol": state.symbol,
                "now_ms": state.now_ms,
                **state.liveness.as_dict(),
            }
            for key, state in self.states.items()
            if key in keys and state.liveness.state is not FeedState.LIVE
        ]

    def status(self) -> dict[str, Any]:
        """Return all symbols as JSON values, without evidence."""
        return {"symbols": [state.status() for state in self.states.values()]}

    def first(self, by: SortBy, limit: int | None, symbol: str | None) -> dict[str, Any]:
        """Return the first `limit` symbols by a sort, and the names and the number of all that
        there are."""
        wanted = first_of(self.states.values(), by, None, symbol)
        return {
            "names": self.symbols,
            "known": len(wanted),
            "symbols": [state.status() for state in wanted[:limit]],
        }


class Snapshots:
    """Reads snapshots, one at a time."""

    def __init__(self, reader: StoreReader, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._lock = asyncio.Lock()
        self._newest: Snapshot | None = None
        self._liveness = LivenessWatch()
        self._read_s = 0.0

    async def newest_ms(self, *, waiting: bool = False) -> dict[SymbolKey, int]:
        """Return the newest event time of each symbol, ms; with `waiting` 0 for those that have
        none. Raises StoreError."""
        snapshot = await self.current()
        newest = dict.fromkeys(snapshot.waiting, 0) if waiting else {}
        return newest | {key: state.now_ms for key, state in snapshot.states.items()}

    async def current(self) -> Snapshot:
        """Return a snapshot that is at most FRESH_S old. Raises StoreError."""
        async with self._lock:
            if self._newest is None or self._clock() - self._read_s >= FRESH_S:
                self._newest = await self._read()
                self._read_s = self._clock()
            return self._newest

    async def _read(self) -> Snapshot:
        horizon = {"horizon_ms": HORIZON_MS}
        book, flow, action, streams = await asyncio.gather(
            self._reader.rows(now.BOOK_NOW, horizon),
            self._reader.rows(now.FLOW_NOW, horizon),
            self._reader.rows(now.ACTION_NOW, horizon),
            self._reader.rows(now.STREAMS_NOW, {}),
        )
        newest = newest_times((book, "event_time"), (flow, "bar_end"), (action, "event_time"))
        reasons = {
            (row["venue"], row["symbol"]): StreamWords(row["words"], row["streamed"])
            for row in streams
        }
        waiting = frozenset(reasons.keys() - newest.keys())
        if not newest:
            return Snapshot({}, waiting)
        liveness = self._liveness.look(newest, reasons, self._clock(), wall_ms())
        parameters = {
            "symbols": [symbol_key(*key) for key in newest],
            "now_ms": list(newest.values()),
            "closed_ms": CLOSED_MS,
            "limit": ORDER_LIMIT,
            **horizon,
        }
        orders, spoofs = await asyncio.gather(
            self._reader.rows(now.ORDERS_NOW, parameters),
            self._reader.rows(now.SPOOFS_NOW, parameters),
        )
        books, flows, actions = _by_symbol(book), _by_symbol(flow), _by_symbol(action)
        counts = _by_symbol(spoofs)
        # Searched anew for each symbol, the orders of hundreds would hold the loop up.
        orders_of: defaultdict[SymbolKey, list[Row]] = defaultdict(list)
        for row in orders:
            orders_of[row["venue"], row["symbol"]].append(row)
        return Snapshot(
            {
                key: symbol_state(
                    key,
                    now_ms,
                    books.get(key),
                    flows.get(key),
                    actions.get(key),
                    orders_of[key],
                    counts[key]["spoof_count"] if key in counts else 0,
                    liveness[key],
                )
                for key, now_ms in newest.items()
            },
            waiting,
        )


def _by_symbol(rows: list[Row]) -> dict[SymbolKey, Row]:
    return {(row["venue"], row["symbol"]): row for row in rows}
