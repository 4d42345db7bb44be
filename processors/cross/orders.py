"""The large orders of all markets that may still be one with another."""

from collections.abc import Iterator

import msgspec

from schemas.signals import PULLED, OrderEventKind
from schemas.signals.pulse import OrderStep


class OrderLife(msgspec.Struct):
    """One large order of one market, as its newest step tells it."""

    market: str
    step: OrderStep

    @property
    def order_id(self) -> str:
        """Its id, which begins with its market."""
        return self.step.order_id

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.step.closed_at is None

    def stood_at(self, time: int) -> bool:
        """Tell whether it stood at a moment, ms."""
        step = self.step
        return step.first_seen <= time and (step.closed_at is None or step.closed_at > time)

    def was_pulled(self, untraded: float) -> bool:
        """Tell whether its trader took it away and takers had no more than a share of it."""
        return self.step.close_reason in PULLED and self.step.fill_max <= untraded


class OrderMemory(msgspec.Struct):
    """Open orders, and those that are gone for a short time; by id."""

    lives: dict[str, OrderLife] = {}

    def take(self, market: str, step: OrderStep) -> tuple[OrderLife, bool]:
        """Note a step; return its order, and whether it is the first that is known of it."""
        life = self.lives.get(step.order_id)
        if life is not None:
            life.step = step
            return life, False
        life = self.lives[step.order_id] = OrderLife(market, step)
        # Of an order that is first met in the middle of its life nobody knows when it came.
        return life, step.kind is OrderEventKind.OPENED or step.sequence == 0

    def elsewhere(self, life: OrderLife) -> Iterator[OrderLife]:
        """Yield the orders of the same side on other markets, in the order they became known."""
        for other in self.lives.values():
            if other.market != life.market and other.step.side is life.step.side:
                yield other

    def forget(self, before: int) -> None:
        """Drop the orders that were gone before `before` (ms)."""
        gone = [
            order_id
            for order_id, life in self.lives.items()
            if life.step.closed_at is not None and life.step.closed_at < before
        ]
        for order_id in gone:
            del self.lives[order_id]
