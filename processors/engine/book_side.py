"""One side of a local order book: every level by price, and the best ones in order."""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from math import inf
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.market import Level
from schemas.signals import Side

FILL_FACTOR: Final = 3
CUT_FACTOR: Final = 8
"""Of the levels that are asked for in order, the ordered part holds FILL_FACTOR times as many after
a refill; it is refilled when it holds too few, and cut back when it holds CUT_FACTOR times as many.
"""

FloatArray = npt.NDArray[np.float64]


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

    Prices and quantities stand in two arrays, `_slots` maps a price to its place there: an update
    costs a dict look-up, and a scan of all levels is one numpy operation. Slots of deleted levels
    hold quantity 0 until they are used again. `_near` holds the best prices in order as keys that
    ascend from the best (price for asks, -price for bids): ordering all of the several thousand
    levels would cost more than everything else in an update.
    """

    __slots__ = (
        "_free",
        "_limit",
        "_near",
        "_ordered",
        "_prices",
        "_quantities",
        "_sign",
        "_slots",
    )

    def __init__(self, side: Side, ordered: int, levels: Iterable[Level] = ()) -> None:
        """Fill a side; up to `ordered` of its best levels can be asked for in order."""
        self._sign = -1.0 if side is Side.BID else 1.0
        self._ordered = ordered
        self._slots: dict[float, int] = {}
        self._prices = array("d")
        self._quantities = array("d")
        self._free: list[int] = []
        self._near: list[float] = []
        self._limit = -inf
        self.update(levels, {}, inf)
        self._refill()

    def __len__(self) -> int:
        return len(self._slots)

    def __iter__(self) -> Iterator[Level]:
        """Iterate over all levels, in no order."""
        quantities = self._quantities
        return ((price, quantities[slot]) for price, slot in self._slots.items())

    def update(
        self, levels: Iterable[Level], watched: Mapping[float, object], watch_usd: float
    ) -> list[LevelChange]:
        """Apply absolute quantities (0 deletes).

        Returns the changes at a `watched` price, and those to a notional of at least `watch_usd`.
        """
        # The hottest loop of the system: everything is local, nothing is called without need.
        slots, quantities, near, free = self._slots, self._quantities, self._near, self._free
        sign, limit, slot_of = self._sign, self._limit, self._slots.get
        changes: list[LevelChange] = []
        for price, qty in levels:
            slot = slot_of(price)
            if qty > 0.0:
                if slot is not None:
                    if price * qty >= watch_usd or price in watched:
                        changes.append(LevelChange(price, quantities[slot], qty))
                    quantities[slot] = qty
                    continue
                if free:
                    slots[price] = slot = free.pop()
                    self._prices[slot] = price
                    quantities[slot] = qty
                else:
                    slots[price] = len(quantities)
                    self._prices.append(price)
                    quantities.append(qty)
                if price * sign <= limit:
                    insort(near, price * sign)
                if price * qty >= watch_usd:
                    changes.append(LevelChange(price, 0.0, qty))
            elif slot is not None:
                if price in watched:
                    changes.append(LevelChange(price, quantities[slot], 0.0))
                del slots[price]
                quantities[slot] = 0.0
                free.append(slot)
                if price * sign <= limit:
                    del near[bisect_left(near, price * sign)]
        count = len(near)
        if count < self._ordered < len(slots) or count > CUT_FACTOR * self._ordered:
            self._refill()
        return changes

    def discard_beyond(self, price: float) -> None:
        """Forget the levels on the far side of `price`."""
        prices, notionals = self.arrays()
        far = prices[(prices * self._sign > price * self._sign) & (notionals > 0)]
        self.update([(gone, 0.0) for gone in sorted(far.tolist())], {}, inf)

    def best(self) -> Level | None:
        """Return the best level, or None where the side is empty."""
        if not self._near:
            return None
        price = self._near[0] * self._sign
        return price, self._quantities[self._slots[price]]

    def top(self, count: int) -> list[Level]:
        """Return up to `count` levels from the best outwards; at most `ordered`."""
        slots, quantities, sign = self._slots, self._quantities, self._sign
        prices = (key * sign for key in islice(self._near, count))
        return [(price, quantities[slots[price]]) for price in prices]

    def top_usd(self, count: int) -> float:
        """Return the notional of the best `count` levels, quote currency."""
        slots, quantities, sign = self._slots, self._quantities, self._sign
        total = 0.0
        for key in islice(self._near, count):
            price = key * sign
            total += price * quantities[slots[price]]
        return total

    def at_least(self, usd: float) -> list[Level]:
        """Return the levels with a notional of at least `usd`, in order of price."""
        prices, notionals = self.arrays()
        large = prices[(notionals >= usd) & (notionals > 0)].tolist()
        return [(price, self._quantities[self._slots[price]]) for price in sorted(large)]

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Return prices and notionals (quote currency) of all slots; 0 where unused."""
        prices = np.frombuffer(self._prices, dtype=np.float64).copy()
        return prices, prices * np.frombuffer(self._quantities, dtype=np.float64)

    def _refill(self) -> None:
        sign, fill = self._sign, FILL_FACTOR * self._ordered
        if len(self._slots) <= fill:
            self._near = sorted(price * sign for price in self._slots)
            self._limit = inf
        else:
            prices, notionals = self.arrays()
            keys = np.partition(prices[notionals > 0] * sign, fill - 1)[:fill]
            self._near = sorted(keys.tolist())
            self._limit = self._near[-1]
