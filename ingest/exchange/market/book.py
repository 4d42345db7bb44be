"""The order book of a simulated symbol in whole ticks and lots."""

from enum import IntEnum

_SCAN_TICKS = 256
"""Ticks scanned one by one for the next best level before searching all levels."""


class Side(IntEnum):
    """Side of the book."""

    BID = 0
    ASK = 1

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.ASK if self is Side.BID else Side.BID

    @property
    def outward(self) -> int:
        """Sign of the direction away from mid: -1 for bids, +1 for asks."""
        return 1 if self is Side.ASK else -1


class Book:
    """Levels of both sides. A level is the makers' quantity plus at most one actor's wall.

    Trades consume the makers' part first. `changed` collects the ticks of each side whose quantity
    changed since it was last emptied.
    """

    def __init__(self) -> None:
        self.levels: tuple[dict[int, int], dict[int, int]] = ({}, {})
        """Total lots per tick, bids and asks."""
        self.walls: tuple[dict[int, int], dict[int, int]] = ({}, {})
        """The actors' remaining lots per tick."""
        self.changed: tuple[set[int], set[int]] = (set(), set())
        self._best = [0, 0]

    @property
    def best_bid(self) -> int:
        """Highest bid, ticks; 0 if there is none."""
        return self._best[Side.BID]

    @property
    def best_ask(self) -> int:
        """Lowest ask, ticks; 0 if there is none."""
        return self._best[Side.ASK]

    def best(self, side: Side) -> int:
        """Return the best tick of a side, 0 if it is empty."""
        return self._best[side]

    def makers(self, side: Side, tick: int) -> int:
        """Return the makers' lots on a level."""
        return self.levels[side].get(tick, 0) - self.walls[side].get(tick, 0)

    def quote(self, side: Side, tick: int, lots: int) -> None:
        """Set the makers' quantity of a level."""
        self._set(side, tick, lots + self.walls[side].get(tick, 0))

    def place(self, side: Side, tick: int, lots: int) -> None:
        """Add an actor's quantity to a level."""
        self.walls[side][tick] = self.walls[side].get(tick, 0) + lots
        self._set(side, tick, self.levels[side].get(tick, 0) + lots)

    def pull(self, side: Side, tick: int) -> int:
        """Cancel the rest of an actor's quantity and return it."""
        lots = self.walls[side].pop(tick, 0)
        if lots:
            self._set(side, tick, self.levels[side][tick] - lots)
        return lots

    def consume(self, side: Side, tick: int, lots: int) -> int:
        """Trade up to `lots` at a level; return the lots traded."""
        total = self.levels[side].get(tick, 0)
        traded = min(lots, total)
        if traded:
            left = total - traded
            wall = self.walls[side].get(tick)
            if wall is not None and wall > left:
                if left:
                    self.walls[side][tick] = left
                else:
                    del self.walls[side][tick]
            self._set(side, tick, left)
        return traded

    def nearest_wall(self, side: Side) -> int | None:
        """Return the tick of the actor's level that is nearest to mid, None without one."""
        walls = self.walls[side]
        if not walls:
            return None
        return min(walls) if side is Side.ASK else max(walls)

    def top(self, side: Side, limit: int) -> list[tuple[int, int]]:
        """Return the best `limit` levels, best first."""
        levels = self.levels[side]
        ticks = sorted(levels, reverse=side is Side.BID)[:limit]
        return [(tick, levels[tick]) for tick in ticks]

    def _set(self, side: Side, tick: int, lots: int) -> None:
        levels = self.levels[side]
        if levels.get(tick, 0) == lots:
            return
        self.changed[side].add(tick)
        best = self._best[side]
        if lots:
            levels[tick] = lots
            is_inner = tick < best if side is Side.ASK else tick > best
            if is_inner or not best:
                self._best[side] = tick
            return
        del levels[tick]
        if tick == best:
            self._best[side] = self._next_best(side, tick)

    def _next_best(self, side: Side, tick: int) -> int:
        levels = self.levels[side]
        step = side.outward
        for candidate in range(tick + step, tick + step * _SCAN_TICKS, step):
            if candidate in levels:
                return candidate
        return (min if side is Side.ASK else max)(levels, default=0)
