"""What the large money does."""

from __future__ import annotations

from typing import Any

from dashboards.web.answers.base import Age, Answer, NotLive
from schemas.signals import FinalAction


class SmartReading(Answer):
    """The reading of a quarter."""

    venue: str
    symbol: str
    event_time: int
    final_action: FinalAction
    confidence: float
    is_smart_money: bool
    source: str
    price_change_pct: float
    cvd_z: float
    oi_change_pct: float | None
    reasons: list[str]
    evidence: dict[str, Any]


class PastReading(SmartReading):
    """A reading with the flow of its quarter."""

    delta_usd: float | None
    volume_usd: float | None


class Quarter(Answer):
    """The running quarter so far."""

    start_ms: int
    end_ms: int
    until_ms: int
    price_change_pct: float | None
    delta_usd: float
    volume_usd: float
    oi_change_pct: float | None


class ActionPoint(Answer):
    """A final action."""

    event_time: int
    final_action: FinalAction
    buy_score: float
    sell_score: float
    smart_score: float


class SmartSymbol(Age):
    """What the large money does at one symbol."""

    venue: str
    symbol: str
    now_ms: int
    quote: str
    """Amounts are in it where `quote_usd`, USD for one unit of it, is null; else in USD."""
    quote_usd: float | None
    action: FinalAction
    smart_score: float | None
    reading: SmartReading | None
    """Of the last closed quarter."""
    preliminary: SmartReading | None
    """Of the running quarter up to the last full minute: what it would be called if it ended.
    Null while the symbol is not live."""
    quarter: Quarter | None
    actions: list[ActionPoint]


class SmartMoneyAnswer(Answer):
    """The newest readings."""

    symbols: list[SmartSymbol]


class SmartMoneyHistoryAnswer(Answer):
    """Readings, the newest first."""

    count: int
    not_live: list[NotLive]
    """Symbols asked for whose readings go no further, as they stopped."""
    readings: list[PastReading]
