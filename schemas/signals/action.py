"""What the large money is doing."""

from enum import StrEnum
from typing import Any, ClassVar, Literal

from schemas.signals.signal import Signal


class FinalAction(StrEnum):
    """What the large money is doing."""

    ACCUMULATE = "ACCUMULATE"
    MARKUP = "MARKUP"
    DISTRIBUTION = "DISTRIBUTION"
    MARKDOWN = "MARKDOWN"
    MANIPULATION = "MANIPULATION"
    UNKNOWN = "UNKNOWN"


class ActionSignal(Signal):
    """What the evidence on a symbol adds up to."""

    table: ClassVar[str] = "actions"

    kind: Literal["action"] = "action"
    final_action: FinalAction
    buy_score: float
    sell_score: float
    smart_score: float
    cvd_usd: float
    open_interest: float | None
    oi_change_pct: float | None
    spoof_count: int
    """SPOOF closings in the last 60 s."""
    mid: float | None
    evidence: dict[str, Any]
    settings_version: str


class SmartMoney(Signal):
    """The four-quadrant reading of a 15-minute bar, merged with the large orders."""

    table: ClassVar[str] = "smart_money"

    kind: Literal["smart_money"] = "smart_money"
    final_action: FinalAction
    confidence: float
    is_smart_money: bool
    source: str
    price_change_pct: float
    cvd_z: float
    oi_change_pct: float | None
    reasons: list[str]
    evidence: dict[str, Any]
    settings_version: str
    preliminary: bool = False
    """True: of a bar that still runs, from its beginning to event_time. Once a minute."""
