"""Which order each followed price level belongs to."""

from collections.abc import Iterable

from processors.engine.orders.order import TrackedOrder
from schemas.signals import Side


class TrackedLevels:
    """The followed levels of both sides by price.

    A cluster stands under the price of each of its pieces. What was put on top of an order hangs at
    that order, see `TrackedOrder.child`.
    """

    __slots__ = ("asks", "bids")

    def __init__(self, orders: Iterable[TrackedOrder]) -> None:
        """Take over orders as `heads` returned them."""
        self.bids: dict[float, TrackedOrder] = {}
        self.asks: dict[float, TrackedOrder] = {}
        for order in orders:
            self.add(order)

    def side(self, side: Side) -> dict[float, TrackedOrder]:
        """Return the orders of a side by price."""
        return self.bids if side is Side.BID else self.asks

    def heads(self) -> list[TrackedOrder]:
        """Return every order that is not on top of another one, bids first, oldest first."""
        return [
            order
            for levels in (self.bids, self.asks)
            for price, order in levels.items()
            if order.price == price
        ]

    def all(self) -> list[TrackedOrder]:
        """Return every order, each behind that on top of which it was put."""
        return [order for head in self.heads() for order in head.family()]

    def add(self, order: TrackedOrder) -> None:
        """Follow the levels of an order that is not on top of another one."""
        levels = self.side(order.side)
        for price in order.prices():
            levels[price] = order

    def drop(self, order: TrackedOrder) -> None:
        """Follow an order no more; what was put on top of it stays."""
        levels = self.side(order.side)
        head = levels[order.price]
        if head is not order:
            below = next(one for one in head.family() if one.child is order)
            below.child = order.child
        elif order.child is not None:
            levels[order.price] = order.child
        else:
            for price in order.prices():
                del levels[price]
        order.child = None

    def holds(self, order: TrackedOrder) -> bool:
        """Tell whether an order is still followed."""
        head = self.side(order.side).get(order.price)
        return head is not None and any(one is order for one in head.family())

    def clear(self) -> None:
        """Follow nothing."""
        self.bids.clear()
        self.asks.clear()
