"""Where an actor looks for its place: a stretch of the price path and a source of chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from compose.evaluation.injection.path import IntArray, MarketPath, SideView, sign_of
from compose.evaluation.ranges import RANGES, Range, Ranges
from schemas.signals import Side

ONE_BPS = 1e-4
QUIET_LEVEL_USD = 300_000.0
"""An actor that wants a level of its own keeps away from real levels above this."""


@dataclass(slots=True)
class Coverage:
    """Signed ticks of the farthest level that is known completely; each snapshot sets it anew."""

    since: list[tuple[int, dict[Side, int]]]
    """(update, farthest level by side), oldest first."""

    def at(self, side: Side, update: int) -> int:
        """Return the farthest level known at an update."""
        return next(far for start, far in reversed(self.since) if start < update)[side]


@dataclass(frozen=True, slots=True)
class Stage:
    """Levels are given as signed ticks (`y`), which grow away from mid."""

    path: MarketPath
    random: Random
    first: int
    """First update that may be used."""
    last: int
    coverage: Coverage
    ranges: Ranges = RANGES

    def view(self, side: Side) -> SideView:
        """Return the path as seen from a side."""
        return self.path.views[side]

    def some_update(self) -> int:
        """Return a random update."""
        return self.random.randint(self.first, self.last)

    def draw(self, span: Range) -> float:
        """Return a random number of a range."""
        return self.random.uniform(*span)

    def count(self, span: tuple[int, int]) -> int:
        """Return a random whole number, both ends included."""
        return self.random.randint(*span)

    def size(self, tick: int, span: Range | None = None) -> int:
        """Return the lots of a random size at a price."""
        low, high = span or self.ranges.size_usd
        usd = math.exp(self.random.uniform(math.log(low), math.log(high)))
        return self.path.grid.lots_worth(usd, tick)

    def time(self, update: int) -> int:
        """Return the event time of an update, ms."""
        return int(self.path.times[update])

    def after(self, update: int, ms: float) -> int | None:
        """Return the first update at least `ms` after another; None beyond the stage."""
        found = self.path.at(self.time(update) + math.ceil(ms))
        return found if found <= self.last else None

    def mid(self, side: Side, update: int) -> float:
        """Return the middle price in signed ticks."""
        view = self.view(side)
        return float(view.own[update] + view.opposite[update]) / 2

    def ticks(self, side: Side, update: int, bps: float) -> int:
        """Return basis points of the price as ticks, rounded up."""
        return math.ceil(abs(self.mid(side, update)) * bps * ONE_BPS)

    def away(self, side: Side, update: int, bps: float) -> int:
        """Return the level at a distance from mid."""
        return math.ceil(self.mid(side, update)) + self.ticks(side, update, bps)

    def distance_bps(self, side: Side, y: int, update: int) -> float:
        """Return the distance of a level from mid."""
        mid = self.mid(side, update)
        return (y - mid) / abs(mid) / ONE_BPS

    def crossed_by(self, side: Side, first: int, last: int) -> int:
        """Return how far the other side's quotes and the takers come while a level stands."""
        view = self.view(side)
        quotes = int(view.opposite[first : last + 1].max())
        return max(quotes, int(view.reach[first + 1 : last + 1].max()))

    def untouched(self, side: Side, y: int, first: int, last: int) -> bool:
        """Tell whether nobody would have traded at a level that stands from `first` to `last`."""
        return first < last and y > self.crossed_by(side, first, last)

    def touches(self, side: Side, y: int, first: int, last: int) -> IntArray:
        """Return the updates with which a level could have been traded at.

        Empty where quotes or takers went beyond it: then it could not have stood.
        """
        view = self.view(side)
        reach = view.reach[first + 1 : last + 1]
        if last <= first or int(view.opposite[first : last + 1].max()) >= y:
            return reach[:0]
        if int(reach.max()) > y:
            return reach[:0]
        before, own = view.own[first:last], view.own[first + 1 : last + 1]
        touched = (before >= y) | (own >= y) | (reach == y)
        found: IntArray = first + 1 + touched.nonzero()[0]
        return found

    def calm(self, side: Side, y: int, updates: Iterable[int], still: bool = False) -> list[int]:
        """Return the updates in which the real orders on a level only lose what takers take.

        Where they grow or are cancelled within the very update in which an actor's quantity is
        traded, depth alone cannot tell one from the other. With `still` they do not move at all.
        """
        tick, path = y * sign_of(side), self.path
        kept = []
        for update in (int(k) for k in updates):
            lost = path.lots(side, tick, update - 1) - path.lots(side, tick, update)
            taken = path.taken[update].get((side, tick), 0)
            if lost == 0 == taken or (lost == taken and not still):
                kept.append(update)
        return kept

    def left(self, side: Side, y: int, first: int, last: int) -> float:
        """Return the distance at `last` as a share of that at `first`."""
        return self.distance_bps(side, y, last) / self.distance_bps(side, y, first)

    def is_quiet(self, side: Side, y: int, update: int) -> bool:
        """Tell whether the real level underneath is small."""
        tick = y * sign_of(side)
        lots = self.path.lots(side, tick, update)
        return tick > 0 and self.path.grid.usd(lots, tick) < QUIET_LEVEL_USD

    def covers(self, side: Side, y: int, update: int) -> bool:
        """Tell whether an order placed on a level with an update is surely a new one."""
        return y <= self.coverage.at(side, update)
