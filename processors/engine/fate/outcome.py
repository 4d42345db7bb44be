"""When a standing order counts as filled, and when as pulled: whichever comes first.

Filled: since then takers took at least half of what stood. Pulled: at least half was taken away, or
the order closed as cancelled or shrunk. An order that ends for another reason, or whose tape ends,
is censored there: until then it was neither, and afterwards nobody knows.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from processors.engine.orders.order import TrackedOrder
from schemas.signals import PULLED, CloseReason, LargeOrderEvent, OrderEventKind

HALF: Final = 0.5
ROUNDING: Final = 1e-9
"""Share of a quantity that may be missing in a difference of doubles."""


class Fate(StrEnum):
    """What became of an order."""

    FILLED = "filled"
    PULLED = "pulled"
    CENSORED = "censored"


class Standing(NamedTuple):
    """An order at a moment: what is compared with what comes later."""

    sequence: int
    """Number of the event of the order that comes next."""
    current_qty: float
    traded_qty: float
    cancelled_qty: float
    """Quantities in base currency."""

    @classmethod
    def of(cls, order: TrackedOrder) -> "Standing":
        """Note how an order stands."""
        quantities = (order.current, order.traded, order.cancelled)
        return cls(order.sequence, *map(order.qty, quantities))


class Outcome(NamedTuple):
    """What became of an order, and when (event time, ms)."""

    fate: Fate
    time: int


def outcome_of(then: Standing, events: Iterable[LargeOrderEvent], end: int) -> Outcome:
    """Return what became of an order that stood as `then`. `events` are its own, in their order;
    earlier ones are passed over. Nothing is looked at after `end` (ms)."""
    for event in events:
        if event.sequence < then.sequence:
            continue
        if event.event_time > end:
            break
        if (fate := fate_at(then, event)) is not None:
            return Outcome(fate, event.event_time)
    return Outcome(Fate.CENSORED, end)


def fate_at(then: Standing, event: LargeOrderEvent) -> Fate | None:
    """Return what an event decides of an order that stood as `then`; None while it still stands."""
    half = HALF * then.current_qty * (1 - ROUNDING)
    traded = event.traded_qty - then.traded_qty
    cancelled = event.cancelled_qty - then.cancelled_qty
    if max(traded, cancelled) >= half:
        return Fate.FILLED if traded >= cancelled else Fate.PULLED
    if event.kind is OrderEventKind.CLOSED:
        return _closed_as(event.close_reason)
    return None


def _closed_as(reason: CloseReason | None) -> Fate:
    if reason is CloseReason.FILLED:
        return Fate.FILLED
    return Fate.PULLED if reason in PULLED else Fate.CENSORED
