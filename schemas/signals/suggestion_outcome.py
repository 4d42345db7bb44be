"""What became of a suggestion beside a wall."""

from enum import StrEnum
from typing import ClassVar

from schemas.signals.large_order import Classification, Side
from schemas.signals.signal import Signal


class SuggestionEnd(StrEnum):
    """How a suggestion ended."""

    STOPPED = "stopped"
    """Entered, and the best price of the wall's side reached the invalidation."""
    HELD = "held"
    """Entered, and not stopped when the horizon was over."""
    NOT_ENTERED = "not_entered"
    """No trade went beyond the entry within the horizon."""
    WITHDRAWN = "withdrawn"
    """The wall was gone, or nothing was suggested any more, before that."""
    VOID = "void"
    """It cannot be said; `void_reason` tells why."""


class SuggestionOutcome(Signal):
    """One suggestion, graded by what happened within its horizon. Of each wall one at a time is
    graded: as it was first told, and the next one told after that is over.

    `event_id` is `suggestion_id:graded`, `event_time` the moment at which it ended. Entered is what
    a trade went beyond after it was told: the order was filled, whoever stood before it. What a
    trade touched at the entry alone may have been filled or not; it counts as not entered.
    """

    table: ClassVar[str] = "suggestion_outcomes"

    suggestion_id: str
    """event_id of the order event that told it."""
    order_id: str
    classification: Classification
    side: Side
    told_at: int
    """Event time at which the engine emitted it, ms. The horizon counts from here."""
    horizon_ms: int
    entry: float
    invalidation: float
    qty: float
    suggested_loss_usd: float
    max_loss_usd: float
    end: SuggestionEnd
    touched_at: int | None = None
    """Event time of the first trade at the entry or beyond, ms."""
    entered_at: int | None
    """Event time of the first trade beyond the entry, ms."""
    exit_price: float | None
    """Mean price at which the quantity left through the book, at the invalidation or the horizon;
    None unless it was entered."""
    loss_usd: float | None
    """What was lost, fee on both ways included; negative: a gain."""
    is_within: bool | None
    """Whether the loss stayed within max_loss_usd."""
    void_reason: str | None
    settings_version: str
