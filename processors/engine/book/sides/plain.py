"""A side of the book in Python: every level by price, and the best ones in order."""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import inf
from typing import Final

import numpy as np

from processors.engine.book.sides.arrays import LevelArrays
from processors.engine.book.sides.change import LevelChange, impossible, negative, twice
from processors.engine.book.sides.profile import Bands, DepthProfile
from processors.engine.book.sides.rings import Rings
from processors.engine.book.sides.standing import Standing
from schemas.market import Level
from schemas.signals import Side
from schemas.units import BPS

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
"""Prices seen empty beyond the snapshot that are remembered: the nearest to the market."""


class BookSide:
    """Levels of one side.

    `_levels` maps price to quantity, so that an update is one operation of the interpreter. A
    deleted level stays there with quantity 0, for most of them come back within seconds;
    `_clear_out` drops them. Who scans all levels reads `_arrays`.

    `_near` holds the prices of `_levels` up to `_limit` in ascending order, deleted ones included.
    Only a price that is new to `_levels` has to find its place there. Ordering all of the several
    thousand levels would cost more than everything else in an update.
    """

    __slots__ = (
        "_arrays",
        "_best",
        "_best_at",
        "_best_known",
        "_edge",
        "_emptied",
        "_levels",
        "_limit",
        "_near",
        "_ordered",
        "_room",
        "_sign",
    )

    def __init__(
        self,
        side: Side,
        ordered: int,
        levels: Iterable[Level] = (),
        edge: float | None = None,
        emptied: Iterable[float] = (),
    ) -> None:
        """Fill a side; up to `ordered` of its best levels can be asked for in order. Raises
        ContradictionError.

        All levels up to `edge` are known; beyond it only those at the prices `emptied`.
        """
        self._sign = 1.0 if side is Side.BID else -1.0
        self._best_at = -1 if side is Side.BID else 0
        self._edge = edge * self._sign if edge is not None else -inf
        self._emptied = set(emptied)
        self._ordered = ordered
        self._near: list[float] = []
        self._best: Level | None = None
        self._best_known = False
        given = list(levels)
        by_price = dict(given)
        if len(by_price) != len(given):
            raise twice("snapshot")
        for price in by_price:
            if price <= 0.0:
                raise impossible(price)
        self._lay_out({price: qty for price, qty in by_price.items() if qty})

    def __len__(self) -> int:
        return len(self.standing().prices)

    def __iter__(self) -> Iterator[Level]:
        """Iterate over all levels, in no order."""
        return ((price, qty) for price, qty in self._levels.items() if qty > 0.0)

    def update(
        self,
        levels: Sequence[Level],
        watched: Mapping[float, object],
        watch_usd: float,
        grown_usd: float = inf,
        least_qty: float = 0.0,
    ) -> list[LevelChange]:
        """Apply absolute quantities (0 deletes), each price once. Raises ContradictionError.

        Returns the changes at a `watched` price, and of those to at least `least_qty` (base) the
        ones to a notional of at least `watch_usd` and the ones that add at least `grown_usd`.
        """
        # The hottest lines of the system: two passes of the interpreter's own loops, one that
        # compares a number, and whatever costs more only for the few levels that pass.
        mine, by_price = self._levels, dict(levels)
        if len(by_price) != len(levels):
            raise twice("update")
        if watched and not by_price.keys().isdisjoint(watched.keys()):
            seen = [level for level in levels if level[1] >= least_qty or level[0] in watched]
        else:
            seen = [level for level in levels if level[1] >= least_qty]
        changes = [
            LevelChange(price, mine.get(price, 0.0), qty, self._knows_empty(price))
            for price, qty in seen
            if price * qty >= watch_usd
            or price * (qty - mine.get(price, 0.0)) >= grown_usd
            or price in watched
        ]
        known = len(mine)
        self._best_known = False
        mine.update(by_price)
        self._arrays.note(levels)
        if len(mine) > known:
            self._take_in(len(mine) - known)
        return changes

    def discard_beyond(self, price: float) -> None:
        """Forget the levels on the far side of `price`."""
        standing = self.standing()
        kept = standing.count_before(price, included=True)
        if far := standing.prices[kept:].tolist():
            self._arrays.keep_best(kept)
            for gone in far:
                del self._levels[gone]
            self._best_known = False
            if self._limit < price * self._sign:
                self._near = [near for near in self._near if near in self._levels]
        # Which deleted prices still have a place is chance; which were seen empty is not.
        if len(self._emptied) + len(self._levels) - kept > 2 * MAX_EMPTIED:
            self._clear_out()
            if len(self._emptied) > 2 * MAX_EMPTIED:
                self._emptied = set(self.emptied()[-MAX_EMPTIED:])

    def emptied(self) -> list[float]:
        """Return the prices beyond the edge that were seen to be empty, towards the best level."""
        sign, edge = self._sign, self._edge
        zeros = [price for price, qty in self._levels.items() if not qty and price * sign < edge]
        return sorted((*self._emptied, *zeros), reverse=sign < 0)

    def best(self) -> Level | None:
        """Return the best level, or None where the side is empty."""
        if self._best_known:
            return self._best
        near, levels, at = self._near, self._levels, self._best_at
        while near:
            price = near[at]
            if qty := levels[price]:
                self._best, self._best_known = (price, qty), True
                return self._best
            # Left where it is, it would be passed again and again until the market is back there.
            del levels[price], near[at]
            self._note_emptied((price,))
        if self._limit == -inf:
            self._best, self._best_known = None, True
            return None
        self._order()
        return self.best()

    def check_quantities(self) -> None:
        """Raise ContradictionError where a quantity is negative."""
        price = self._arrays.negative()
        if price is not None:
            raise negative(price)

    def qty(self, price: float) -> float:
        """Return the quantity at a price (base), 0 where no level stands."""
        return self._levels.get(price, 0.0)

    def top(self, count: int) -> list[Level]:
        """Return up to `count` levels from the best outwards; at most `ordered`."""
        levels = self._levels
        standing = list(islice(((p, qty) for p in self._outwards() if (qty := levels[p])), count))
        if len(standing) < count and self._limit > -inf:
            self._order()
            return self.top(count)
        return standing

    def top_usd(self, count: int) -> float:
        """Return the notional of the best `count` levels, quote currency."""
        levels = self._levels
        total, left = 0.0, count
        for price in self._outwards():
            if qty := levels[price]:
                total += price * qty
                left -= 1
                if not left:
                    return total
        if self._limit == -inf:
            return total
        self._order()
        return self.top_usd(count)

    def at_least(self, usd: float) -> list[Level]:
        """Return the levels with a notional of at least `usd`, in order of price."""
        standing = self.standing()
        large = standing.prices[standing.usd >= usd].tolist()
        return [(price, self._levels[price]) for price in sorted(large)]

    def standing(self) -> Standing:
        """Return the levels as arrays, from the best one outwards."""
        return self._arrays.standing()

    def usd_before(self, price: float) -> float:
        """Return the notional of the levels that are better than `price`, quote currency."""
        standing = self.standing()
        return standing.usd_of_best(standing.count_before(price))

    def usd_before_each(self, prices: list[float]) -> list[float]:
        """Return, for each of some prices, what `usd_before` does."""
        return [self.usd_before(price) for price in prices]

    def usd_within(self, mid: float, reach: float) -> float:
        """Return the notional of the levels up to `reach` away from `mid`, which none is better
        than; quote currency."""
        standing = self.standing()
        distances = np.abs(standing.prices - mid)
        return standing.usd_of_best(int(distances.searchsorted(reach, "right")))

    def rings(self, mid: float, ends_bps: Sequence[float], near_bps: float) -> Rings:
        """Return the notionals by distance from `mid`, which no level is better than: of the rings
        that end at `ends_bps` (ascending), and up to `near_bps`, in the last ring at most."""
        standing = self.standing()
        distances = np.abs(standing.prices - mid)
        end = int(distances.searchsorted(ends_bps[-1] / BPS * mid, "right"))
        return Rings.of(distances[:end] / mid * BPS, standing.usd[:end], ends_bps, near_bps)

    def profile(self, bands: Bands) -> DepthProfile:
        """Return the notional within distances from mid and by price bucket."""
        return self.standing().profile(bands)

    def outwards(self, skipped: int = 0) -> Iterator[Level]:
        """Iterate over the levels from the best one outwards, without the best `skipped` ones."""
        prices = self.standing().prices[skipped:].tolist()
        return ((price, self._levels[price]) for price in prices)

    def _outwards(self) -> Iterator[float]:
        """Iterate over the prices from the best one outwards, those without a level included."""
        return reversed(self._near) if self._best_at else iter(self._near)

    def _knows_empty(self, price: float) -> bool:
        return price * self._sign < self._edge and (
            price in self._emptied or self._levels.get(price) == 0.0
        )

    def _note_emptied(self, prices: Iterable[float]) -> None:
        self._emptied.update(price for price in prices if price * self._sign < self._edge)

    def _take_in(self, count: int) -> None:
        """Give the `count` newest prices their places."""
        near, sign, limit = self._near, self._sign, self._limit
        came = list(islice(reversed(self._levels), count))
        if self._emptied:
            self._emptied.difference_update(came)
        for price in came:
            if price <= 0.0:
                raise impossible(price)
            if price * sign >= limit:
                insort(near, price)
        if len(self._levels) > self._room:
            self._clear_out()
        elif len(self._near) > CUT_FACTOR * self._ordered:
            self._cut()

    def _cut(self) -> None:
        """Forget the deleted prices of the ordered part, and keep the best of the others in it."""
        levels, near = self._levels, self._near
        standing = [price for price in near if levels[price]]
        gone = [price for price in near if not levels[price]]
        for price in gone:
            del levels[price]
        self._note_emptied(gone)
        fill = FILL_FACTOR * self._ordered
        if len(standing) > fill:
            standing = standing[-fill:] if self._best_at else standing[:fill]
            self._limit = standing[0 if self._best_at else -1] * self._sign
        self._near = standing

    def _lay_out(self, levels: dict[float, float]) -> None:
        """Take over levels that all stand."""
        self._levels, self._arrays = levels, LevelArrays(levels, bool(self._best_at))
        self._room = ROOM_FACTOR * len(levels) + SPARE_PRICES
        self._order()

    def _clear_out(self) -> None:
        """Lay the levels out anew, without those that were deleted."""
        self._note_emptied(price for price, qty in self._levels.items() if not qty)
        self._lay_out({price: qty for price, qty in self._levels.items() if qty})

    def _order(self) -> None:
        """Order the best levels, and among them the known prices without a level."""
        best = self.standing().prices
        fill = FILL_FACTOR * self._ordered
        self._limit = float(best[fill - 1]) * self._sign if len(best) > fill else -inf
        limit = self._limit * self._sign
        if self._best_at:
            self._near = sorted([price for price in self._levels if price >= limit])
        else:
            self._near = sorted([price for price in self._levels if price <= limit])
