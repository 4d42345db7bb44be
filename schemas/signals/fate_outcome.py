"""What became of an order whose fate was forecast."""

from enum import StrEnum
from typing import ClassVar

from schemas.signals.signal import Signal


class OrderFate(StrEnum):
    """What it was, whichever came first."""

    FILLED = "filled"
    """Takers took at least half of what stood when the forecast was made."""
    PULLED = "pulled"
    """At least half of it was taken away, or the order closed as cancelled or shrunk."""
    STOOD = "stood"
    """Neither within the longest horizon."""
    VOID = "void"
    """It ended otherwise (book lost, evicted): only what it had stood for by then is known."""


class FateOutcome(Signal):
    """One forecast of the fate of an order, graded. Of each order one at a time is graded, made at
    a full second; the next one is made after that is over, so that they do not overlap.

    `event_id` is `order_id@told_at`, `event_time` the moment at which it was graded.
    """

    table: ClassVar[str] = "fate_outcomes"

    order_id: str
    told_at: int
    """Event time of the forecast, ms."""
    p_filled_10s: float | None
    p_filled_60s: float | None
    p_pulled_10s: float | None
    p_pulled_60s: float | None
    """What was told, where it is switched on."""
    fate_model_version: str
    fate: OrderFate
    after_ms: int
    """From the forecast to the fate, or for how long it is known to have stood."""
    settings_version: str
