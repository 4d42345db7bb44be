"""What became of readings, and how sure that is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Self

from pydantic import Field

from dashboards.judgement import ForecastLine, Judgement
from dashboards.macro.skill import Skill
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
    macro: Skill | None = None
    """The forecasts of a large move of the market (`/api/v1/ai/macro-risk`) against volatility
    alone; None for captures, which are too short."""

    forecasts: list[ForecastLine] = Field(default_factory=list)
    """Of the fate of orders (`engine.fate.model`); empty while none is told."""

    @classmethod
    def of(cls, card: Scorecard, hours: int, found: Judgement | None = None) -> Self:
        """Return the whole scorecard of the readings told in `hours`; `found` has what only the
        store knows."""
        stored = {} if found is None else asdict(found)
        stored.pop("card", None)
        return cls.model_validate({**stored, **asdict(card), "hours": hours})
