"""What became of readings, and how sure that is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Self

from pydantic import Field

from dashboards.proof.intervals import FEWEST_BLOCKS
from dashboards.proof.scorecard import FALSE_DISCOVERY_RATE, Line, Scorecard
from dashboards.proof.suggestions import SuggestionLine
from dashboards.web.answers.base import Answer


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
    lines: list[Line]
    suggestions: list[SuggestionLine] = Field(default_factory=list)
    """Empty while none was told: they are off until maxLossAmount is set."""

    @classmethod
    def of(cls, card: Scorecard, hours: int) -> Self:
        """Return the whole scorecard of the readings told in `hours`."""
        return cls.model_validate({**asdict(card), "hours": hours})
