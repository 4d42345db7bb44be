"""One side of a local order book: every level by price, and the best ones in order."""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from math import inf
from typing import Final, NamedTuple

import numpy as np

from processors.engine.book.level_arrays import FloatArray, LevelArrays
from schemas.market import Level
from schemas.signals import Side

FILL_FACTOR: Final = 3
CUT_FACTOR: Final = 12
"""Of the levels that are asked for in order, the ordered part holds FILL_FACTOR times as many once
it was filled. It is filled again when too few are left, and cut at CUT_FACTOR times as many prices.
"""
ROOM_FACTOR: Final = 3
SPARE_PRICES: Final = 1_000
"""Deleted levels are cleared out once there are ROOM_FACTOR times as many prices as there were
levels, and these more.
"""


MAX_EMPTIED: Final = 2_000
"""Deletions beyond the snapshot that are remembered, the newest ones."""


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

    `_levels` maps price to quantity, so that an update is one operation of the interpreter. A
    deleted level stays there with quantity 0, for most of them come back within seconds;
    `_clear_out` drops them. Who scans all levels reads `_arrays`.

    `_near` holds the prices of `_levels` up to `_limit` in order, deleted ones included, as keys
    that ascend to the best one at its end (price for bids, -price for asks). Only a price that is
    new to `_levels` has to find its place there. Ordering all of the several thousand levels would
    cost more than everything else in an update.
    """

    __slots__ = (
        "_arrays",
        "_edge",
        "_levels",
        "_limit",
        "_near",
        "_ordered",
        "_room",
        "_sign",
        "emptied",
    )

    def __init__(
        self,
        side: Side,
        ordered: int,
        levels: Iterable[Level] = (),
        edge: float | None = None,
        emptied: Iterable[float] = (),
    ) -> None:
        """Fill a side; up to `ordered` of its best levels can be asked for in order.

        All levels up to `edge` are known; beyond it only those at the prices `emptied`.
        """
        self._sign = 1.0 if side is Side.BID else -1.0
        self._edge = edge * self._sign if edge is not None else -inf
        self.emptied: dict[float, None] = dict.fromkeys(emptied)
        """Prices beyond the edge that were seen to be empty, the latest last."""
        self._ordered = ordered
        self._near: list[float] = []
        self._lay_out({price: qty for price, qty in levels if qty > 0.0})

    def __len__(self) -> int:
        return int(np.count_nonzero(self._arrays.read()[1]))

    def __iter__(self) -> Iterator[Level]:
        """Iterate over all levels, in no order."""
        return ((price, qty) for price, qty in self._levels.items() if qty > 0.0)

    def update(
        self, levels: Mapping[float, float], watched: Mapping[float, object], watch_usd: float
    ) -> list[LevelChange]:
        """Apply absolute quantities by price (0 deletes).

        Returns the changes at a `watched` price, and those to a notional of at least `watch_usd`.
        """
        # The hottest lines of the system: one pass that looks, one in C that applies.
        mine = self._levels
        changes = [
            LevelChange(price, mine.get(price, 0.0), qty)
            for price, qty in levels.items()
            if price * qty >= watch_usd or price in watched
        ]
        sign, edge = self._sign, self._edge
        if gone := [price for price, qty in levels.items() if not qty and price * sign < edge]:
            self._note_emptied(gone)
        self._apply(levels)
        return changes

    def discard_beyond(self, price: float) -> None:
        """Forget the levels on the far side of `price`."""
        prices, notionals = self.arrays()
        far = prices[(prices * self._sign < price * self._sign) & (notionals > 0)]
        self._apply(dict.fromkeys(far.tolist(), 0.0))

    def best(self) -> Level | None:
        """Return the best level, or None where the side is empty."""
        near, levels, sign = self._near, self._levels, self._sign
        while near:
            price = near[-1] * sign
            if qty := levels[price]:
                return price, qty
            # Left where it is, it would be passed again and again until the market is back there.
            del levels[price], near[-1]
        if self._limit == -inf:
            return None
        self._order()
        return self.best()

    def top(self, count: int) -> list[Level]:
        """Return up to `count` levels from the best outwards; at most `ordered`."""
        levels, sign = self._levels, self._sign
        prices = (key * sign for key in reversed(self._near))
        standing = list(islice(((p, qty) for p in prices if (qty := levels[p])), count))
        if len(standing) < count and self._limit > -inf:
            self._order()
            return self.top(count)
        return standing

    def top_usd(self, count: int) -> float:
        """Return the notional of the best `count` levels, quote currency."""
        levels, sign = self._levels, self._sign
        total, left = 0.0, count
        for key in reversed(self._near):
            if qty := levels[key * sign]:
                total += key * sign * qty
                left -= 1
                if not left:
                    return total
        if self._limit == -inf:
            return total
        self._order()
        return self.top_usd(count)

    def at_least(self, usd: float) -> list[Level]:
        """Return the levels with a notional of at least `usd`, in order of price."""
        prices, notionals = self.arrays()
        large = prices[(notionals >= usd) & (notionals > 0)].tolist()
        return [(price, self._levels[price]) for price in sorted(large)]

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Return prices and notionals (quote currency); those that are 0 do not stand."""
        prices, quantities = self._arrays.read()
        return prices, prices * quantities

    def _apply(self, levels: Mapping[float, float]) -> None:
        known = len(self._levels)
        self._levels.update(levels)
        self._arrays.note(levels)
        if len(self._levels) > known:
            self._take_in(len(self._levels) - known)

    def _note_emptied(self, prices: list[float]) -> None:
        emptied = self.emptied
        for price in prices:
            emptied.pop(price, None)
            emptied[price] = None
        while len(emptied) > MAX_EMPTIED:
            del emptied[next(iter(emptied))]

    def _take_in(self, count: int) -> None:
        """Give the `count` newest prices their places."""
        for price in islice(reversed(self._levels), count):
            if (key := price * self._sign) >= self._limit:
                insort(self._near, key)
        if len(self._levels) > self._room:
            self._clear_out()
        elif len(self._near) > CUT_FACTOR * self._ordered:
            self._cut()

    def _cut(self) -> None:
        """Forget the deleted prices of the ordered part, and keep the best of the others in it."""
        standing: list[float] = []
        for key in self._near:
            if self._levels[key * self._sign]:
                standing.append(key)
            else:
                del self._levels[key * self._sign]
        fill = FILL_FACTOR * self._ordered
        if len(standing) > fill:
            standing = standing[-fill:]
            self._limit = standing[0]
        self._near = standing

    def _lay_out(self, levels: dict[float, float]) -> None:
        """Take over levels that all stand."""
        self._levels, self._arrays = levels, LevelArrays(levels)
        self._room = ROOM_FACTOR * len(levels) + SPARE_PRICES
        self._order()

    def _clear_out(self) -> None:
        """Lay the levels out anew, without those that were deleted."""
        self._lay_out({price: qty for price, qty in self._levels.items() if qty})

    def _order(self) -> None:
        """Order the best levels, and among them the known prices without a level."""
        prices, quantities = self._arrays.read()
        keys = prices * self._sign
        standing = keys[quantities > 0.0]
        fill = FILL_FACTOR * self._ordered
        self._limit = -inf
        if len(standing) > fill:
            self._limit = float(np.partition(standing, -fill)[-fill])
        near: list[float] = np.sort(keys[keys >= self._limit]).tolist()
        self._near = [key for key in near if key * self._sign in self._levels]
