"""What became of readings, and how sure that is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Self

from pydantic import Field

from dashboards.proof.intervals import FEWEST_BLOCKS
from dashboards.proof.scorecard import FALSE_DISCOVERY_RATE, Scorecard, Verdict
from dashboards.web.answers.base import Answer
from schemas.signals import ReadingKind


class ProofLine(Answer):
    """One kind of reading at one horizon; figures in bps, in the direction of the reading."""

    kind: ReadingKind
    label: str
    horizon_ms: int
    venue: str
    symbol: str
    """`ALL`: of every symbol together."""
    readings: int
    undirected: int
    void: int
    mean_bps: float | None
    median_bps: float | None
    hit_rate: float | None
    favourable_bps: float | None
    adverse_bps: float | None
    net_bps: float | None
    shifted_bps: float | None
    placebo_bps: float | None
    effect_bps: float | None
    low_bps: float | None
    high_bps: float | None
    blocks: int
    p: float | None
    q: float | None
    verdict: Verdict


class SuggestionProof(Answer):
    """What became of the suggestions beside the walls of one class; see the view
    suggestion_outcomes."""

    venue: str
    symbol: str
    """`ALL`: of every symbol together."""
    label: str
    suggestions: int
    entered: int
    stopped: int
    held: int
    not_entered: int
    withdrawn: int
    void: dict[str, int]
    within: int
    within_share: float | None
    """Share of the entered ones whose loss stayed within the amount."""
    low: float | None
    high: float | None
    mean_loss_usd: float | None
    worst_loss_ratio: float | None


class ProofAnswer(Answer):
    """The scorecard."""

    since_ms: int
    until_ms: int
    hours: int
    outcomes: int
    void: dict[str, int]
    comparisons: int
    fee_bps: float
    fewest_blocks: int = FEWEST_BLOCKS
    """Blocks of time that a line needs to be tested."""
    false_discovery_rate: float = FALSE_DISCOVERY_RATE
    """Largest `q` at which a line is significant."""
    lines: list[ProofLine]
    suggestions: list[SuggestionProof] = Field(default_factory=list)
    """Empty while none was told: they are off until maxLossAmount is set."""

    @classmethod
    def of(cls, card: Scorecard, hours: int) -> Self:
        """Return the whole scorecard of the readings told in `hours`."""
        return cls.model_validate({**asdict(card), "hours": hours})
