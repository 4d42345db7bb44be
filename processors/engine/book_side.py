"""One side of a local order book: every level by price, and the best ones in order."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from heapq import nsmallest
from itertools import islice
from math import inf
from typing import Final, NamedTuple

from schemas.market import Level
from schemas.signals import Side

NEAR_MIN: Final = 200
NEAR_FILL: Final = 400
NEAR_MAX: Final = 1_200
"""The ordered part of a side is refilled to NEAR_FILL levels when it holds fewer than NEAR_MIN (and
there are more) and cut back to it above NEAR_MAX. It must always hold the levels that are asked
for in order: the top 50 of the impact ratio and the top 20 of the imbalance."""


class LevelChange(NamedTuple):
    """A level that somebody watches, before and after one update. Quantities in base."""

    price: float
    old_qty: float
    new_qty: float

    def old_usd(self) -> float:
        """Notional before the update, quote currency."""
        return self.price * self.old_qty


class BookSide:
    """Levels of one side.

    `levels` maps price to quantity. `_near` holds the best prices in order as keys that ascend from
    the best (price for asks, -price for bids): ordering all of the several thousand levels would
    cost more than everything else in an update.
    """

    __slots__ = ("_limit", "_near", "_sign", "levels", "side")

    def __init__(self, side: Side, levels: Iterable[Level] = ()) -> None:
        self.side = side
        self._sign = -1.0 if side is Side.BID else 1.0
        self.levels: dict[float, float] = {price: qty for price, qty in levels if qty > 0}
        self._near: list[float] = []
        self._limit = inf
        self._refill()

    def update(
        self, levels: Iterable[Level], watched: Mapping[float, object], watch_usd: float
    ) -> list[LevelChange]:
        """Apply absolute quantities (0 deletes).

        Returns the changes at a `watched` price, and those to a notional of at least `watch_usd`.
        """
        book, near, sign, limit = self.levels, self._near, self._sign, self._limit
        changes: list[LevelChange] = []
        for price, qty in levels:
            if qty > 0.0:
                old = book.get(price, 0.0)
                book[price] = qty
                if old == 0.0:
                    key = price * sign
                    if key <= limit:
                        insort(near, key)
                if price * qty >= watch_usd or price in watched:
                    changes.append(LevelChange(price, old, qty))
            else:
                gone = book.pop(price, None)
                if gone is not None:
                    key = price * sign
                    if key <= limit:
                        del near[bisect_left(near, key)]
                    if price in watched:
                        changes.append(LevelChange(price, gone, 0.0))
        if len(near) > NEAR_MAX or (len(near) < NEAR_MIN and len(near) < len(book)):
            self._refill()
        return changes

    def discard_beyond(self, price: float) -> None:
        """Forget the levels on the far side of `price`."""
        limit = price * self._sign
        far = [p for p in self.levels if p * self._sign > limit]
        if far:
            for p in far:
                del self.levels[p]
            self._refill()

    def best(self) -> Level | None:
        """Return the best level, or None where the side is empty."""
        if not self._near:
            return None
        price = self._near[0] * self._sign
        return price, self.levels[price]

    def top(self, count: int) -> list[Level]:
        """Return up to `count` levels from the best outwards; `count` is at most NEAR_MIN."""
        levels, sign = self.levels, self._sign
        return [(key * sign, levels[key * sign]) for key in islice(self._near, count)]

    def top_usd(self, count: int) -> float:
        """Return the notional of the best `count` levels, quote currency."""
        levels, sign = self.levels, self._sign
        total = 0.0
        for key in islice(self._near, count):
            price = key * sign
            total += price * levels[price]
        return total

    def _refill(self) -> None:
        sign = self._sign
        if len(self.levels) <= NEAR_FILL:
            self._near = sorted(price * sign for price in self.levels)
            self._limit = inf
        else:
            self._near = nsmallest(NEAR_FILL, (price * sign for price in self.levels))
            self._limit = self._near[-1]
