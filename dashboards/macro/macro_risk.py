"""The risk of a large move of the market now, with the judgement of the model behind it."""

import asyncio
from dataclasses import dataclass
from typing import Final

from dashboards.macro.baseline import USUAL_MIN, Volatility, baseline, volatility
from dashboards.macro.breadth import STEP_MS, Breadth, BreadthHistory
from dashboards.macro.model import Input, inputs_of, probability
from dashboards.macro.moves import MarketMoves
from dashboards.macro.skill import MacroVerdict, Skill, forecasts, judge_forecasts
from dashboards.queries.macro import (
    MACRO_END,
    MINUTE_MIDS,
    STEP_ACTIONS,
    STEP_FLOW,
    STEP_LURES,
    WALLS_STANDING,
)
from dashboards.reader import StoreReader
from schemas.units import HOUR_MS, MINUTE_MS

STEP_QUERIES: Final = (STEP_ACTIONS, STEP_FLOW, STEP_LURES, WALLS_STANDING)


@dataclass(frozen=True, slots=True)
class MacroRisk:
    """What is said at one moment."""

    at_ms: int
    """End of the last whole step of five minutes; 0 where nothing is stored."""
    volatility: Volatility | None
    baseline: float | None
    probability: float | None
    """None until the model has skill."""
    breadth: Breadth
    inputs: list[Input]
    since_ms: int
    """Begin of the sample."""
    skill: Skill


async def newest_step_ms(reader: StoreReader) -> int:
    """Return the end of the last step of five minutes that is over in market time, ms; 0 without
    any. Raises StoreError."""
    until_ms = int((await reader.rows(MACRO_END, {}))[0]["until_ms"])
    return until_ms - until_ms % STEP_MS


async def macro_risk(reader: StoreReader, at_ms: int, hours: int) -> MacroRisk:
    """Judge the forecasts of the `hours` up to `at_ms`, the end of a step. Raises StoreError."""
    first_ms = at_ms - hours * HOUR_MS
    # The first forecast looks back, too: whatever the sample, a forecast is the same.
    long = {"from_ms": first_ms - USUAL_MIN * MINUTE_MS, "to_ms": at_ms}
    short = {"from_ms": first_ms - HOUR_MS - STEP_MS, "to_ms": at_ms, "step_ms": STEP_MS}
    mids, actions, flow, lures, walls = await asyncio.gather(
        reader.rows(MINUTE_MIDS, long),
        *(reader.rows(query, short) for query in STEP_QUERIES),
    )
    history = BreadthHistory.of(actions, flow, lures, walls)
    return await asyncio.to_thread(risk_at, history, MarketMoves.of(mids), first_ms, at_ms)


def risk_at(history: BreadthHistory, moves: MarketMoves, first_ms: int, at_ms: int) -> MacroRisk:
    """Return what is said at `at_ms`, the end of a step, after the forecasts from `first_ms` on."""
    skill = judge_forecasts(forecasts(history, moves, first_ms, at_ms))
    breadth = history.at(at_ms // STEP_MS - 1)
    inputs = inputs_of(breadth)
    known = volatility(moves.until(at_ms))
    base = None if known is None else baseline(known)
    has_skill = skill.verdict is MacroVerdict.SKILL
    said = probability(base, inputs) if has_skill and base is not None else None
    return MacroRisk(at_ms, known, base, said, breadth, inputs, first_ms, skill)
