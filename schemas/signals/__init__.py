"""Derived signals: the values of the `signals.*` topics and the rows of the ClickHouse tables.

The field order of a model is the column order of its table. Times are event times in ms; `usd` is
US dollars, the quote currency where `book_1s.quote_usd` is NULL. Every signal has a stable
`event_id` derived from its content, so writing one twice changes nothing.
"""

from schemas.signals.action import ActionSignal, FinalAction, SmartMoney
from schemas.signals.alert import ALERT_LEVELS, FATE_DRIFT, Alert, AlertLevel
from schemas.signals.book_metrics import BookMetrics
from schemas.signals.cross import (
    ACCUSING,
    CrossAction,
    CrossClock,
    CrossFinding,
    CrossKind,
    CrossLead,
    CrossSecond,
    CrossSignal,
    CrossStage,
)
from schemas.signals.fate_outcome import FateOutcome, OrderFate
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
    "ACCUSING",
    "ALERT_LEVELS",
    "DEFENSIVE",
    "FATE_DRIFT",
    "LURES",
    "PULLED",
    "ActionSignal",
    "Alert",
    "AlertLevel",
    "BookMetrics",
    "Classification",
    "CloseReason",
    "CrossAction",
    "CrossClock",
    "CrossFinding",
    "CrossKind",
    "CrossLead",
    "CrossSecond",
    "CrossSignal",
    "CrossStage",
    "FateOutcome",
    "FinalAction",
    "FlowBar",
    "LargeOrderEvent",
    "OrderEventKind",
    "OrderFate",
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
