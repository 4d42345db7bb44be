"""Orders that are pulled on one market and come with the same size on another right after."""

from processors.cross.findings import QTY_DIGITS, CrossScope, Telling, finding, same_size
from processors.cross.orders import OrderLife, OrderMemory
from processors.cross.prices import Prices
from schemas.signals import CrossFinding, CrossKind, CrossStage


class Moves:
    """Tells each order that moved once: when the pull and the opening are both known."""

    def __init__(
        self, scope: CrossScope, prices: Prices, memory: OrderMemory, told: dict[str, int]
    ) -> None:
        """`told`: orders that moved, or came from elsewhere, and when (ms)."""
        self._scope, self._settings = scope, scope.settings
        self._prices, self._memory = prices, memory
        self.told = told

    def take(self, life: OrderLife, is_new: bool, received_us: int) -> list[CrossFinding]:
        """Take the newest step of an order; return the move that it completes, if any."""
        if life.order_id in self.told:
            return []
        if is_new and life.step.birth_known:
            options = [
                (other, life)
                for other in self._memory.elsewhere(life)
                if self._is_move(other, life)
            ]
        elif life.was_pulled(self._settings.untraded):
            options = [
                (life, other)
                for other in self._memory.elsewhere(life)
                if other.step.birth_known and self._is_move(life, other)
            ]
        else:
            return []
        if not options:
            return []
        pulled, came = min(options, key=lambda pair: (_delay(*pair), pair[0].order_id))
        self.told[pulled.order_id] = self.told[came.order_id] = life.step.event_time
        telling = Telling(
            f"{self._scope.key}:{CrossKind.MOVED.value}:{pulled.order_id}>{came.order_id}",
            0,
            CrossKind.MOVED,
            CrossStage.CLOSED,
            life.step.event_time,
            received_us,
            _delay(pulled, came),
            round(max(pulled.step.max_qty, came.step.max_qty), QTY_DIGITS),
        )
        return [finding(self._scope, self._prices, telling, (pulled, came))]

    def forget(self, before: int) -> None:
        """Drop what was told before `before` (ms)."""
        for order_id in [order_id for order_id, time in self.told.items() if time < before]:
            del self.told[order_id]

    def _is_move(self, pulled: OrderLife, came: OrderLife) -> bool:
        settings, prices = self._settings, self._prices
        if pulled.order_id in self.told or came.order_id in self.told:
            return False
        if not pulled.was_pulled(settings.untraded):
            return False
        delay, tolerance = _delay(pulled, came), settings.tolerance_ms
        if not -tolerance <= delay <= settings.moved_ms + tolerance:
            return False
        if not same_size(pulled.step.max_qty, came.step.max_qty, settings.size_tolerance):
            return False
        if not prices.knows(pulled.market, came.market):
            return False
        apart = prices.apart_bps(pulled.market, pulled.step.price, came.market, came.step.price)
        return apart <= settings.within_bps


def _delay(pulled: OrderLife, came: OrderLife) -> int:
    """Return the time from the pull to the opening, ms."""
    return came.step.first_seen - (pulled.step.closed_at or 0)
