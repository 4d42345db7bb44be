"""What the store knows of the whole watch list over a time, as the forecasts need it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from dashboards.macro.baseline import USUAL_MIN
from dashboards.macro.breadth import STEP_MS, BreadthHistory
from dashboards.macro.moves import MarketMoves
from dashboards.proof.cells import SymbolKey
from dashboards.queries.macro import (
    MINUTE_MIDS,
    STEP_ACTIONS,
    STEP_FLOW,
    STEP_LURES,
    WALLS_STANDING,
)
from dashboards.reader import Row, StoreReader
from schemas.units import HOUR_MS, MINUTE_MS


@dataclass(frozen=True, slots=True)
class StoredMarket:
    """Rows of the queries of the same names, each with its `venue` and `symbol`."""

    first_ms: int
    """Time of the first forecast; rows begin earlier."""
    mids: list[Row]
    actions: list[Row]
    flow: list[Row]
    lures: list[Row]
    walls: list[Row]

    @classmethod
    async def read(cls, reader: StoreReader, at_ms: int, hours: int) -> StoredMarket:
        """Read what the forecasts of the `hours` up to `at_ms` are made of. Raises StoreError."""
        first_ms = at_ms - hours * HOUR_MS
        # The first forecast looks back, too: whatever the sample, a forecast is the same.
        long = {"from_ms": first_ms - USUAL_MIN * MINUTE_MS, "to_ms": at_ms}
        short = {"from_ms": first_ms - HOUR_MS - STEP_MS, "to_ms": at_ms, "step_ms": STEP_MS}
        queries = (STEP_ACTIONS, STEP_FLOW, STEP_LURES, WALLS_STANDING)
        rows = await asyncio.gather(
            reader.rows(MINUTE_MIDS, long), *(reader.rows(query, short) for query in queries)
        )
        return cls(first_ms, *rows)

    def only(self, keys: Collection[SymbolKey]) -> StoredMarket:
        """Return the part of some symbols."""
        parts = (
            [row for row in rows if (row["venue"], row["symbol"]) in keys]
            for rows in (self.mids, self.actions, self.flow, self.lures, self.walls)
        )
        return StoredMarket(self.first_ms, *parts)

    def history(self) -> BreadthHistory:
        """Return the breadth by steps."""
        return BreadthHistory.of(self.actions, self.flow, self.lures, self.walls)

    def moves(self) -> MarketMoves:
        """Return the moves by minutes."""
        return MarketMoves.of(self.mids)
