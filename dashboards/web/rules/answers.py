"""What the API says of rules and of what they fired."""

from __future__ import annotations

from typing import Any

from dashboards.rules.journal import Mark
from dashboards.web.answers.base import Answer
from schemas.settings import RuleSettings


class RuleAnswer(Answer):
    """A rule and how it does."""

    rule: RuleSettings
    is_configured: bool
    """Whether it stands in the settings: then it is changed there."""
    fired: int
    held_back: int
    """Firings that its cool-down held back since the start."""
    right: int
    wrong: int
    precision: float | None
    """Share of the alerts judged by people that were right."""


class RulesAnswer(Answer):
    """Every rule in force, and the channels."""

    rules: list[RuleAnswer]
    channels: dict[str, dict[str, Any]]
    writable: bool
    read_only_reason: str


class FiringAnswer(Answer):
    """One alert of a rule."""

    id: int
    rule: str
    event_id: str
    time_ms: int
    venue: str
    symbol: str
    text: str
    order_id: str
    held_back: int
    sound: bool
    mark: Mark | None


class FiringsAnswer(Answer):
    """Alerts of rules, the newest first."""

    firings: list[FiringAnswer]


class GradesAnswer(Answer):
    """How the ledger graded the readings behind alerts."""

    horizon_ms: int
    graded: int
    favourable: int
    mean_bps: float | None
    void: int
    unread: int


class TimedText(Answer):
    """A moment of a preview."""

    time_ms: int
    venue: str
    symbol: str
    text: str
    order_id: str


class PreviewAnswer(Answer):
    """How a rule would have done."""

    rule: str
    from_ms: int
    to_ms: int
    fired: int
    held_back: int
    per_hour: float
    grades: GradesAnswer
    newest: list[TimedText]
    """The last of them, the newest first."""
