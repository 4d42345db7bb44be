"""The scorecard of what is stored."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from dashboards.macro.breadth import STEP_MS
from dashboards.macro.macro_risk import macro_skill
from dashboards.macro.skill import Skill
from dashboards.proof.mids import MidSeries
from dashboards.proof.scorecard import Scorecard, judge
from dashboards.proof.suggestions import judge_suggestions
from dashboards.queries.proof import FATE_FIGURES, MIDS, OUTCOMES, OUTCOMES_END, SUGGESTION_OUTCOMES
from dashboards.reader import StoreReader
from schemas.units import HOUR_MS

QUERIES: Final = (OUTCOMES, MIDS, SUGGESTION_OUTCOMES, FATE_FIGURES)


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """What a forecast of the fate of orders said on average, and how often it came true."""

    venue: str
    symbol: str
    fate_model_version: str
    forecast: str
    graded: int
    told: float
    came_true: float
    brier: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the store proves."""

    card: Scorecard
    macro: Skill
    """Of the forecasts of a large move of the market."""
    forecasts: list[ForecastLine]
    """Of the fate of orders; empty while none is told."""


async def newest_outcome_ms(reader: StoreReader) -> int:
    """Return when the newest stored outcome was known, ms; 0 without any. Raises StoreError."""
    return int((await reader.rows(OUTCOMES_END, {}))[0]["until_ms"])


async def judged(
    reader: StoreReader, until_ms: int, hours: int, fee_bps: float, macro: Skill | None = None
) -> Judgement:
    """Judge the readings told, and the forecasts of a large move made, in the `hours` up to
    `until_ms`; takes seconds. `macro` is what is known of the latter already: it is the same until
    the next step of five minutes is over. Raises StoreError."""
    window = {"from_ms": until_ms - hours * HOUR_MS, "to_ms": until_ms}
    outcomes, mids, suggestions, fates = await asyncio.gather(
        *(reader.rows(query, window) for query in QUERIES)
    )
    series = {
        (row["venue"], row["symbol"]): MidSeries.of(row["times_ms"], row["mids"]) for row in mids
    }
    card = await asyncio.to_thread(judge, outcomes, series, fee_bps)
    if macro is None:
        macro = await macro_skill(reader, until_ms - until_ms % STEP_MS, hours)
    card = replace(card, suggestions=judge_suggestions(suggestions))
    return Judgement(card, macro, [ForecastLine(**row) for row in fates])
