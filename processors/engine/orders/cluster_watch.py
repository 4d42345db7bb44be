"""Finds the clusters of a book: what comes on several levels and is one large order together."""

from processors.engine.book.book import OrderBook
from processors.engine.book.lot import Lot
from processors.engine.book.sides.change import LevelChange
from processors.engine.orders.cluster import (
    ClusterFinder,
    Piece,
    count_layers,
    middle,
    threshold_of,
)
from processors.engine.orders.order import TrackedOrder
from processors.engine.plain_sum import plain_sum
from processors.engine.retention import GROWTH_MS
from processors.engine.scope import Scope
from processors.engine.verdict.surroundings import Surroundings
from schemas.signals import Side
from schemas.units import BPS

LADDER_LEVELS = 50
"""So many levels of its side show how far apart two ticks are."""


class ClusterWatch:
    """Candidates on both sides of one book, and the clusters that they make."""

    __slots__ = ("_around", "_book", "_finder", "_lot", "_settings", "_update")

    def __init__(
        self, scope: Scope, book: OrderBook, lot: Lot, finder: ClusterFinder, around: Surroundings
    ) -> None:
        self._settings, self._book, self._lot = scope.settings, book, lot
        self._finder, self._around = finder, around

    def note(
        self, side: Side, change: LevelChange, now: int, update: int, threshold_usd: float
    ) -> bool:
        """Take a change of a level that belongs to no order; tell whether it may complete a
        cluster."""
        settings = self._settings.cluster
        return self._finder.note(side, change, now, update, threshold_usd, settings)

    def form(
        self,
        side: Side,
        followed: dict[float, TrackedOrder],
        now: int,
        update: int,
    ) -> TrackedOrder | None:
        """Return the cluster of a side that is complete with this update."""
        qty_at = self._book.side(side).qty
        found = self._finder.find(side, qty_at, followed, update, self._settings.cluster)
        if not found:
            return None
        pieces = []
        for one in sorted(found, key=lambda one: one.price):
            lots = self._lot.units(qty_at(one.price))
            pieces.append(Piece(one.price, lots, lots))
        total = plain_sum(piece.current for piece in pieces)
        ladder = [price for price, _ in self._book.side(side).top(LADDER_LEVELS)]
        oldest = min(found, key=lambda one: one.time)
        return TrackedOrder(
            side=side,
            price=middle(found, side),
            first_seen=oldest.time,
            formed=now,
            birth_known=all(self._book.covers(side, piece.price) for piece in pieces),
            threshold_usd=threshold_of(found),
            lots_per_base=self._lot.scale,
            initial=total,
            current=total,
            maximum=total,
            first_update=oldest.update,
            pieces=pieces,
            layers=count_layers(found, ladder, self._settings.cluster),
        )

    def is_new_quantity(self, cluster: TrackedOrder) -> bool:
        """Tell whether a cluster made its side deeper: quotes that only moved do not."""
        if cluster.value_usd < cluster.threshold_usd:
            return False
        mid = self._book.mid()
        before = self._around.before(cluster.first_seen, GROWTH_MS)
        if mid is None or before is None:
            return False
        reach = mid * self._settings.classify.pattern_bps / BPS
        depth = self._book.side(cluster.side).usd_within(mid, reach)
        grown = depth - before.of(cluster.side)
        return grown >= self._settings.cluster.growth_share * cluster.value_usd
