"""The risk of a large move of the market now, with the judgement of the model behind it."""

import asyncio
from dataclasses import dataclass

from dashboards.macro.baseline import Volatility, baseline, volatility
from dashboards.macro.breadth import STEP_MS, Breadth, BreadthHistory
from dashboards.macro.model import Input, inputs_of, probability
from dashboards.macro.moves import MarketMoves
from dashboards.macro.skill import MacroVerdict, Skill, forecasts, judge_forecasts
from dashboards.macro.stored_market import StoredMarket
from dashboards.proof.cells import SymbolKey
from dashboards.queries.macro import MACRO_END
from dashboards.reader import StoreReader


@dataclass(frozen=True, slots=True)
class MacroRisk:
    """What is said at one moment."""

    at_ms: int
    """End of the last whole step of five minutes; 0 where nothing is stored."""
    volatility: Volatility | None
    baseline: float | None
    probability: float | None
    """None until the model has skill, and while no book is live."""
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


async def macro_risk(
    reader: StoreReader, at_ms: int, hours: int, live: frozenset[SymbolKey]
) -> MacroRisk:
    """Judge the forecasts of the `hours` up to `at_ms`, the end of a step, and say what holds now
    of the symbols whose books are `live`. Raises StoreError."""
    stored = await StoredMarket.read(reader, at_ms, hours)
    return await asyncio.to_thread(_risk_of, stored, stored.only(live), at_ms)


async def macro_skill(reader: StoreReader, at_ms: int, hours: int) -> Skill:
    """Judge the forecasts of the `hours` up to `at_ms`, the end of a step. Raises StoreError."""
    stored = await StoredMarket.read(reader, at_ms, hours)
    return await asyncio.to_thread(_skill_of, stored, at_ms)


def risk_at(
    skill: Skill, history: BreadthHistory, moves: MarketMoves, first_ms: int, at_ms: int
) -> MacroRisk:
    """Return what is said at `at_ms`, the end of a step, of what is live then, by a model with the
    `skill` of the forecasts from `first_ms` on."""
    breadth = history.at(at_ms // STEP_MS - 1)
    inputs = inputs_of(breadth)
    known = volatility(moves.until(at_ms))
    base = None if known is None else baseline(known)
    has_skill = skill.verdict is MacroVerdict.SKILL
    said = probability(base, inputs) if has_skill and base is not None else None
    return MacroRisk(at_ms, known, base, said, breadth, inputs, first_ms, skill)


def _risk_of(stored: StoredMarket, live: StoredMarket, at_ms: int) -> MacroRisk:
    skill = _skill_of(stored, at_ms)
    return risk_at(skill, live.history(), live.moves(), stored.first_ms, at_ms)


def _skill_of(stored: StoredMarket, at_ms: int) -> Skill:
    said = forecasts(stored.history(), stored.moves(), stored.first_ms, at_ms)
    return judge_forecasts(said)
