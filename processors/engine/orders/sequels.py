"""Gives every order its place in a chain of orders that follow each other."""

from processors.engine.orders.chain import Birth, ChainMemory, Link
from processors.engine.orders.order import TrackedOrder
from processors.engine.orders.order_event import order_id
from processors.engine.scope import Scope
from schemas.signals import PULLED, CloseReason, Side


class Sequels:
    """The orders born with an update are placed at its end: their forerunner may be pulled by the
    same update, before or after them in the list of its levels."""

    __slots__ = ("_born", "_memory", "_scope", "_settings")

    def __init__(self, scope: Scope, memory: ChainMemory) -> None:
        self._scope, self._settings, self._memory = scope, scope.settings, memory
        self._born: list[TrackedOrder] = []

    @property
    def waiting(self) -> bool:
        """Whether an order was born that has no place yet."""
        return bool(self._born)

    def born(self, order: TrackedOrder, now: int) -> None:
        """Note an order whose birth was seen."""
        self._born.append(order)
        self.level_came(order.side, order.value_usd, order.distance_open, now, 0.0)

    def level_came(
        self, side: Side, usd: float, distance_bps: float, now: int, threshold_usd: float
    ) -> None:
        """Note a level that came, if it is large enough to be the other quote of somebody whose
        quote on this side is a large order."""
        settings = self._settings.chain
        if usd >= (1 - settings.two_sided_tolerance) * threshold_usd:
            self._memory.note_birth(Birth(now, side, usd, distance_bps), settings)

    def ended(self, order: TrackedOrder, reason: CloseReason, now: int) -> None:
        """Note how an order ended; only one that was pulled untraded can be followed. A cluster is
        no link: the quotes of a market maker on several levels move together, too."""
        if order.pieces:
            return
        untraded = order.fill_max < self._settings.classify.spoof_fill_ratio
        if reason in PULLED and untraded and order.birth_known:
            link = order.link or Link(order_id(self._scope, order), 1, order.first_seen, order.side)
            usd = order.price * order.qty(order.maximum)
            self._memory.pull(link, usd, order.distance_open, now, self._settings.chain)

    def place(self, now: int) -> list[TrackedOrder]:
        """Place what was born with the update of `now`; return the orders that continue a chain."""
        placed: list[TrackedOrder] = []
        for order in self._born:
            order.link = self._memory.follow(
                order.side, order.value_usd, order.distance_open, now, self._settings.chain
            )
            if order.link is not None:
                placed.append(order)
        self._born = []
        return placed
