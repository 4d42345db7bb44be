"""Several levels of one side that are one large order together, though each is small by itself.

A candidate is a level that came, or grew to several times what stood there before. Candidates of
one side that came within `window_ms` and lie within `reach_bps` of each other are one hand's if
they came in one update or are of about one size: quotes of many hands come in all sizes and at all
times.
"""

from collections.abc import Callable, Container
from itertools import pairwise
from operator import attrgetter

import msgspec

from processors.engine.book.sides.change import LevelChange
from processors.engine.plain_sum import plain_sum
from schemas.settings import ClusterSettings
from schemas.signals import Side


class Piece(msgspec.Struct):
    """One level of a cluster; lots. At every moment initial + added - lost = current."""

    price: float
    initial: int
    current: int
    added: int = 0
    lost: int = 0

    def change(self, new: int) -> int:
        """Go over to `new` lots, and return by how many it grew; negative where it shrank."""
        grown = new - self.current
        if grown > 0:
            self.added += grown
        else:
            self.lost -= grown
        self.current = new
        return grown

    def rescale(self, factor: int) -> None:
        """Go over to a lot that is finer by `factor`."""
        self.initial, self.current = self.initial * factor, self.current * factor
        self.added, self.lost = self.added * factor, self.lost * factor


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A level that may turn out to be a piece."""

    time: int
    update: int
    """Number of the depth update that it came with."""
    price: float
    qty: float
    """What stood there after it came, base quantity."""
    usd: float
    threshold_usd: float
    """From which notional a level there is a large order by itself."""


class ClusterFinder(msgspec.Struct):
    """The candidates of both sides within the window, oldest first."""

    bids: list[Candidate] = []
    asks: list[Candidate] = []

    def note(
        self,
        side: Side,
        change: LevelChange,
        now: int,
        update: int,
        threshold_usd: float,
        settings: ClusterSettings,
    ) -> bool:
        """Take a change of a level that belongs to no order; tell whether it is a candidate that
        may complete a cluster."""
        price, old, new, _ = change
        grown, usd = new - old, new * price
        if grown * price < settings.piece_share * threshold_usd or usd >= threshold_usd:
            return False
        if old > settings.before_share * grown:
            return False
        candidates, oldest = self.side(side), now - settings.window_ms
        while candidates and candidates[0].time < oldest:
            del candidates[0]
        for number, other in enumerate(candidates):
            if other.price == price:
                del candidates[number]
                break
        candidates.append(Candidate(now, update, price, new, usd, threshold_usd))
        del candidates[: -settings.max_pieces]
        reach, total_usd = price * settings.reach_bps / 10_000, 0.0
        for other in candidates:
            if abs(other.price - price) <= reach:
                total_usd += other.usd
        return total_usd >= threshold_usd

    def find(
        self,
        side: Side,
        qty_at: Callable[[float], float],
        followed: Container[float],
        update: int,
        settings: ClusterSettings,
    ) -> list[Candidate]:
        """Return the pieces of a cluster that is complete with this update, or none of them.

        `qty_at` tells the quantity that stands at a price now; a price that is `followed` belongs
        to an order already. What is returned is a candidate no longer. Of several groups the one
        with the largest notional is taken.
        """
        candidates = self.side(side)
        candidates[:] = [
            one
            for one in candidates
            if qty_at(one.price) >= one.qty / 2 and one.price not in followed
        ]
        if len(candidates) < 2:
            return []
        best: list[Candidate] = []
        for newest in [one for one in candidates if one.update == update]:
            group = _around(newest, candidates, settings)
            if group and _usd(group) >= max(_usd(best), threshold_of(group)):
                best = group
        if best:
            candidates[:] = [one for one in candidates if one not in best]
        return best

    def side(self, side: Side) -> list[Candidate]:
        """Return the candidates of a side."""
        return self.bids if side is Side.BID else self.asks

    def clear(self) -> None:
        """Forget everything: the book was lost."""
        self.bids.clear()
        self.asks.clear()


def middle(pieces: list[Candidate], toward_mid: Side) -> float:
    """Return the price of the piece nearest to the quantity-weighted mean of all; of two as near
    that which is nearer to mid for orders of the side `toward_mid`."""
    total = plain_sum(piece.qty for piece in pieces)
    mean = plain_sum(piece.price * piece.qty for piece in pieces) / total
    sign = -1.0 if toward_mid is Side.BID else 1.0
    return min(pieces, key=lambda piece: (abs(piece.price - mean), sign * piece.price)).price


def count_layers(pieces: list[Candidate], ladder: list[float], settings: ClusterSettings) -> int:
    """Return how many layers pieces make: those on neighbouring ticks are one.

    `ladder` holds prices of the same side; the smallest step that it or the pieces show is taken
    for a tick.
    """
    prices = sorted(piece.price for piece in pieces)
    steps = [above - below for below, above in pairwise(sorted({*prices, *ladder}))]
    if not steps:
        return 1
    wide = (settings.neighbour_ticks + 0.5) * min(steps)
    return 1 + plain_sum(above - below > wide for below, above in pairwise(prices))


def _around(
    newest: Candidate, candidates: list[Candidate], settings: ClusterSettings
) -> list[Candidate]:
    """Return the candidates that may be one hand's with `newest`; empty if there are none."""
    price, usd, update, least_usd = newest.price, newest.usd, newest.update, newest.threshold_usd
    reach, factor = price * settings.reach_bps / 10_000, settings.size_factor
    near = [one for one in candidates if abs(one.price - price) <= reach]
    # Most groups are far too small; which prices of them lie in one reach need not be asked.
    if len(near) < 2 or _usd(near) < least_usd:
        return []
    together = [one for one in near if one.update == update]
    alike = [one for one in near if one.usd <= factor * usd and usd <= factor * one.usd]
    best: list[Candidate] = []
    for group in (together, alike):
        if len(group) > 1 and _usd(group) >= least_usd:
            found = _within(newest, group, reach)
            if not best or _usd(found) > _usd(best):
                best = found
    return best if len(best) > 1 else []


def _within(newest: Candidate, near: list[Candidate], reach: float) -> list[Candidate]:
    """Return the prices within a `reach` that holds `newest`, those with the most notional."""
    ordered = sorted(near, key=_price)
    if ordered[-1].price - ordered[0].price <= reach:
        return ordered  # All of them: what leaves some out has less notional.
    best: list[Candidate] = []
    for first in ordered:
        if first.price <= newest.price:
            window = [one for one in ordered if 0 <= one.price - first.price <= reach]
            if newest in window and _usd(window) > _usd(best):
                best = window
    return best


def threshold_of(pieces: list[Candidate]) -> float:
    """Return from which notional pieces are a large order together, USD: the highest of theirs."""
    return max(piece.threshold_usd for piece in pieces)


def _usd(pieces: list[Candidate]) -> float:
    return plain_sum([piece.usd for piece in pieces])


_price = attrgetter("price")
