"""Derived signals: the values of the `signals.*` topics and the rows of the ClickHouse tables.

The field order of a model is the column order of its table. Times are event times in ms; `usd`
means the quote currency. Every signal has a stable `event_id` derived from its content, so writing
one twice changes nothing.
"""

from schemas.signals.action import ActionSignal, FinalAction, SmartMoney
from schemas.signals.alert import ALERT_LEVELS, Alert, AlertLevel
from schemas.signals.book_metrics import BookMetrics
from schemas.signals.flow_bar import FlowBar
from schemas.signals.large_order import (
    DEFENSIVE,
    LURES,
    PULLED,
    Classification,
    CloseReason,
    LargeOrderEvent,
    OrderEventKind,
    OrderState,
    Side,
    Tier,
)
from schemas.signals.outcome import Outcome, ReadingKind
from schemas.signals.signal import Signal
from schemas.signals.suggestion_outcome import SuggestionEnd, SuggestionOutcome

__all__ = [
    "ALERT_LEVELS",
    "DEFENSIVE",
    "LURES",
    "PULLED",
    "ActionSignal",
    "Alert",
    "AlertLevel",
    "BookMetrics",
    "Classification",
    "CloseReason",
    "FinalAction",
    "FlowBar",
    "LargeOrderEvent",
    "OrderEventKind",
    "OrderState",
    "Outcome",
    "ReadingKind",
    "Side",
    "Signal",
    "SmartMoney",
    "SuggestionEnd",
    "SuggestionOutcome",
    "Tier",
]
