"""What somebody should look at."""

from enum import StrEnum
from typing import Any, ClassVar, Final

from schemas.signals.signal import Signal


class AlertLevel(StrEnum):
    """How urgent an alert is."""

    WATCH = "WATCH"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


ALERT_LEVELS: Final = tuple(AlertLevel)
"""The levels, the least urgent first."""


FATE_DRIFT: Final = "fate_drift"
"""Rule of the alert that a model of the fate of orders fits the market no longer."""


class Alert(Signal):
    """Something a person should look at."""

    table: ClassVar[str] = "alerts"

    rule: str
    """`trap`, `chain`, `swan`, `feed`, `fate_drift` or, of several markets together, `cross`. A
    chain of lures has one alert that keeps its `event_id` and `event_time` and is told again when
    it has grown."""
    level: AlertLevel
    message: str
    evidence: dict[str, Any]
    settings_version: str
