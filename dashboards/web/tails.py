"""The newest seconds of every symbol, read once for all who watch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboards import charts, queries
from dashboards.large_orders import SymbolKey
from dashboards.reader import Row, StoreReader
from dashboards.web.snapshot import FRESH_S, HORIZON_MS, Snapshots

TAIL_MS: Final = 10_000
"""Length of a tail in market time: whoever misses more than this reads the whole window again."""
FATE_MS: Final = 3_600_000
"""Fills and pulls are shown of orders that were first seen at most this long ago."""
WALL_LIMIT: Final = 120
ACTION_LIMIT: Final = 20


@dataclass(frozen=True, slots=True)
class Tail:
    """The newest seconds of one symbol, as charts draw them."""

    now_ms: int
    book: list[Row]
    flow: list[Row]
    walls: list[Row]
    fates: list[Row]

    def market(self) -> dict[str, Any]:
        """Return what the chart of the book adds."""
        return {
            "now_ms": self.now_ms,
            "heat": charts.heat(self.book),
            "trades": charts.columns(self.flow, "event_time", charts.TRADE_FIELDS),
            "walls": charts.walls(self.walls),
            "fates": charts.columns(self.fates, "bar_time", charts.FATE_FIELDS),
        }

    def flow_columns(self) -> dict[str, Any]:
        """Return what the charts of the flow add."""
        return {
            "now_ms": self.now_ms,
            "bars": charts.columns(self.flow, "event_time", charts.FLOW_FIELDS),
        }


class Tails:
    """Reads the tails of all symbols with one query a kind, at most twice a second."""

    def __init__(
        self,
        reader: StoreReader,
        snapshots: Snapshots,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._snapshots = snapshots
        self._clock = clock
        self._lock = asyncio.Lock()
        self._tails: dict[SymbolKey, Tail] | None = None
        self._read_s = 0.0

    async def of(self, key: SymbolKey) -> Tail | None:
        """Return the tail of a symbol, at most FRESH_S old; None if unknown. Raises StoreError."""
        async with self._lock:
            if self._tails is None or self._clock() - self._read_s >= FRESH_S:
                self._tails = await self._read()
                self._read_s = self._clock()
            return self._tails.get(key)

    async def _read(self) -> dict[SymbolKey, Tail]:
        newest = await self._snapshots.newest_ms()
        if not newest:
            return {}
        parameters = tail_parameters(newest)
        book, flow, walls, fates = await asyncio.gather(
            self._reader.rows(queries.BOOK_TAIL, parameters),
            self._reader.rows(queries.FLOW_TAIL, parameters),
            self._reader.rows(queries.WALLS_TAIL, parameters),
            self._reader.rows(queries.FATES_TAIL, parameters),
        )
        return {
            key: Tail(now_ms, *(_of(rows, key) for rows in (book, flow, walls, fates)))
            for key, now_ms in newest.items()
        }


def tail_parameters(newest: Mapping[SymbolKey, int]) -> dict[str, Any]:
    """Return the parameters of the queries for tails."""
    return {
        "symbols": [f"{venue}:{symbol}" for venue, symbol in newest],
        "now_ms": list(newest.values()),
        "tail_ms": TAIL_MS,
        "step_ms": 1_000,
        "fate_ms": FATE_MS,
        "horizon_ms": HORIZON_MS,
        "limit": WALL_LIMIT,
    }


def _of(rows: list[Row], key: SymbolKey) -> list[Row]:
    return [row for row in rows if (row["venue"], row["symbol"]) == key]
