"""What became of a reading: where the price was when its horizon was over."""

from enum import StrEnum
from typing import ClassVar

from schemas.signals.signal import Signal


class ReadingKind(StrEnum):
    """What it is that is graded."""

    ORDER_OPEN = "order_open"
    """The first time that an order held a class while it stood."""
    ORDER_CLOSED = "order_closed"
    """The class of an order that is over."""
    ACTION = "action"
    """The final action where it changed."""
    SMART_MONEY = "smart_money"
    """The reading of a closed quarter of an hour."""
    ALERT = "alert"
    """An alert, the first time it was told."""


class Outcome(Signal):
    """One reading, graded at one horizon by the mid of the book that the engine knew then.

    `event_id` is `reading_id@horizon_ms`, `event_time` the moment at which it was graded. Returns
    and excursions are positive in the direction that the reading stands for. Nothing is dropped: a
    reading that cannot be graded has a `void_reason` and no figures.
    """

    table: ClassVar[str] = "outcomes"

    reading_id: str
    """event_id of the signal that is graded."""
    reading_kind: ReadingKind
    label: str
    """The class, the final action, or the rule of the alert."""
    direction: int
    """+1: it reads for a rise, -1: for a fall, 0: for neither (UNKNOWN)."""
    reading_time: int
    """Event time of the reading, ms."""
    told_at: int
    """Event time at which the engine emitted it, ms: later than reading_time where depth waits for
    trades. The horizon counts from here."""
    horizon_ms: int
    mid_at: float | None
    mid_after: float | None
    move_bps: float | None
    """Change of mid from told_at to the horizon."""
    return_bps: float | None
    """move_bps in the reading's direction; None without one."""
    favourable_bps: float | None
    """Largest move of mid in the reading's direction up to the horizon, never negative."""
    adverse_bps: float | None
    """Largest move against it, never negative."""
    half_spread_bps_at: float | None
    half_spread_bps_after: float | None
    sigma_bps: float | None
    """Standard deviation of the change of mid in a second, over the minute before told_at."""
    void_reason: str | None
    """Why it cannot be graded: the book was lost, one-sided or silent meanwhile, or there were too
    many readings at once."""
    settings_version: str
    model_version: str | None = None
    """The model of fates (`engine.fate.model`) in force when it was told; None without one."""
