"""One side of a local order book: every level by price, and the best ones in order."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from math import inf, nan
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.market import Level
from schemas.signals import Side

FILL_FACTOR: Final = 3
CUT_FACTOR: Final = 12
"""Of the levels that are asked for in order, the ordered part holds FILL_FACTOR times as many once
it was filled. It is filled again when too few are left, and cleared out at CUT_FACTOR times as many
prices.
"""
MAX_PASSED: Final = 16
"""So many deleted prices may stand before the best level: the market will soon be back at them."""
SPARE_SLOTS: Final = 1_000
"""Deleted levels are cleared out when there are as many as others, and these more."""

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
    costs a dict look-up, and a scan of all levels is one numpy operation. A deleted level keeps its
    slot with quantity 0, for most of them come back within seconds; `_clear_out` drops them.

    `_near` holds the prices up to `_limit` in order, deleted ones included, as keys that ascend to
    the best one at its end (price for bids, -price for asks). Only a price without a slot has to
    find its place there. Ordering all of the several thousand levels would cost more than
    everything else in an update.
    """

    __slots__ = (
        "_limit",
        "_near",
        "_near_keys",
        "_ordered",
        "_prices",
        "_quantities",
        "_room",
        "_sign",
        "_slots",
    )

    def __init__(self, side: Side, ordered: int, levels: Iterable[Level] = ()) -> None:
        """Fill a side; up to `ordered` of its best levels can be asked for in order."""
        self._sign = 1.0 if side is Side.BID else -1.0
        self._ordered = ordered
        standing = {price: qty for price, qty in levels if qty > 0.0}
        self._lay_out(array("d", standing), array("d", standing.values()))

    def __len__(self) -> int:
        return int(np.count_nonzero(np.frombuffer(self._quantities, dtype=np.float64)))

    def __iter__(self) -> Iterator[Level]:
        """Iterate over all levels, in no order."""
        return (
            (price, qty)
            for price, qty in zip(self._prices, self._quantities, strict=True)
            if qty > 0.0
        )

    def update(
        self, levels: Iterable[Level], watched: Mapping[float, object], watch_usd: float
    ) -> list[LevelChange]:
        """Apply absolute quantities (0 deletes).

        Returns the changes at a `watched` price, and those to a notional of at least `watch_usd`.
        """
        # The hottest loop of the system: everything is local, nothing is called without need.
        prices, quantities, slots = self._prices, self._quantities, self._slots
        slot_of, sign, limit = slots.get, self._sign, self._limit
        changes: list[LevelChange] = []
        known = len(quantities)
        for price, qty in levels:
            slot = slot_of(price)
            if price * qty >= watch_usd or price in watched:
                before = quantities[slot] if slot is not None else 0.0
                changes.append(LevelChange(price, before, qty))
            if slot is not None:
                quantities[slot] = qty
            elif qty:
                slots[price] = slot = len(quantities)
                prices.append(price)
                quantities.append(qty)
                if price * sign >= limit:
                    self._place(price * sign, slot)
        if len(quantities) > known:
            self._keep_bounds()
        return changes

    def discard_beyond(self, price: float) -> None:
        """Forget the levels on the far side of `price`."""
        prices, notionals = self.arrays()
        far = prices[(prices * self._sign < price * self._sign) & (notionals > 0)]
        self.update([(gone, 0.0) for gone in far.tolist()], {}, inf)

    def best(self) -> Level | None:
        """Return the best level, or None where the side is empty."""
        if self._near and (qty := self._quantities[self._near[-1]]):
            return self._prices[self._near[-1]], qty
        return self._best_behind()

    def top(self, count: int) -> list[Level]:
        """Return up to `count` levels from the best outwards; at most `ordered`."""
        prices, quantities = self._prices, self._quantities
        standing = [slot for slot in reversed(self._near) if quantities[slot]][:count]
        if len(standing) < count and self._limit > -inf:
            self._order()
            return self.top(count)
        return [(prices[slot], quantities[slot]) for slot in standing]

    def top_usd(self, count: int) -> float:
        """Return the notional of the best `count` levels, quote currency."""
        prices, quantities = self._prices, self._quantities
        total, left = 0.0, count
        for slot in reversed(self._near):
            if qty := quantities[slot]:
                total += prices[slot] * qty
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
        return [(price, self._quantities[self._slots[price]]) for price in sorted(large)]

    def arrays(self) -> tuple[FloatArray, FloatArray]:
        """Return prices and notionals (quote currency) of all slots; without a level 0 or NaN."""
        prices = np.frombuffer(self._prices, dtype=np.float64).copy()
        return prices, prices * np.frombuffer(self._quantities, dtype=np.float64)

    def _place(self, key: float, slot: int) -> None:
        place = bisect_left(self._near_keys, key)
        self._near_keys.insert(place, key)
        self._near.insert(place, slot)

    def _best_behind(self) -> Level | None:
        """Return the best level where deleted prices stand before it."""
        for passed, slot in enumerate(reversed(self._near)):
            if qty := self._quantities[slot]:
                level = self._prices[slot], qty
                if passed > MAX_PASSED:
                    self._forget_best(passed)
                return level
        if self._limit == -inf:
            return None
        self._order()
        return self._best_behind()

    def _forget_best(self, count: int) -> None:
        """Free the slots of the best `count` prices, all of them deleted."""
        for slot in self._near[-count:]:
            del self._slots[self._prices[slot]]
            self._prices[slot] = nan
        del self._near[-count:], self._near_keys[-count:]

    def _keep_bounds(self) -> None:
        if len(self._quantities) > self._room or len(self._near) > CUT_FACTOR * self._ordered:
            self._clear_out()

    def _lay_out(self, prices: "array[float]", quantities: "array[float]") -> None:
        """Take over levels that all stand."""
        self._prices, self._quantities = prices, quantities
        self._slots = {price: slot for slot, price in enumerate(prices)}
        self._room = 2 * len(prices) + SPARE_SLOTS
        self._order()

    def _clear_out(self) -> None:
        """Lay the levels out anew, without those that were deleted."""
        standing = np.frombuffer(self._quantities, dtype=np.float64) > 0.0
        prices = np.frombuffer(self._prices, dtype=np.float64)[standing]
        quantities = np.frombuffer(self._quantities, dtype=np.float64)[standing]
        self._lay_out(array("d", prices.tobytes()), array("d", quantities.tobytes()))

    def _order(self) -> None:
        """Order the best levels, and among them the prices that have a slot without a level."""
        keys = np.frombuffer(self._prices, dtype=np.float64) * self._sign
        standing = keys[np.frombuffer(self._quantities, dtype=np.float64) > 0.0]
        fill = FILL_FACTOR * self._ordered
        self._limit = -inf
        if len(standing) > fill:
            self._limit = float(np.partition(standing, -fill)[-fill])
        near = np.nonzero(keys >= self._limit)[0]
        near = near[np.argsort(keys[near])]
        self._near, self._near_keys = near.tolist(), keys[near].tolist()
