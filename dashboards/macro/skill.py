"""Whether the model's probabilities are better than the baseline's: the Brier skill score."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np

from dashboards.macro.baseline import Volatility, baseline, volatility
from dashboards.macro.breadth import STEP_MS, BreadthHistory
from dashboards.macro.model import MODEL_VERSION, inputs_of, probability
from dashboards.macro.moves import HORIZON_MIN, MarketMoves
from dashboards.proof.intervals import FEWEST_BLOCKS, block_ms, blocks_of, bootstrap
from schemas.units import MINUTE_MS

DIGITS: Final = 6


class MacroVerdict(StrEnum):
    """What may be said of the model."""

    SKILL = "skill"
    """The interval of its skill lies above 0."""
    NO_SKILL_YET = "no skill yet"


class Forecast(NamedTuple):
    """What was said at one moment, and what came of it."""

    time_ms: int
    baseline: float
    model: float
    was_large: bool | None
    """None: a minute of the horizon is not known."""


@dataclass(frozen=True, slots=True)
class Skill:
    """The judgement over a sample."""

    forecasts: int
    """Those that are over and can be judged."""
    void: int
    """Those that are over and cannot."""
    events: int
    """Large moves among the forecasts."""
    blocks: int
    """Independent stretches of two horizons."""
    brier: float | None
    baseline_brier: float | None
    skill: float | None
    """1 - brier / baseline_brier."""
    low: float | None
    high: float | None
    """95 % interval of the skill, resampled by blocks; None with fewer than FEWEST_BLOCKS."""
    verdict: MacroVerdict
    reason: str


def forecasts(
    history: BreadthHistory, moves: MarketMoves, first_ms: int, until_ms: int
) -> list[Forecast]:
    """Return a forecast for the end of each step from `first_ms` on whose horizon is over at
    `until_ms`, each made of what was known at its moment."""
    found = []
    last = (until_ms - HORIZON_MIN * MINUTE_MS) // STEP_MS
    for step in range(-(-first_ms // STEP_MS), last):
        now_ms = (step + 1) * STEP_MS
        if (known := volatility(moves.until(now_ms))) is not None:
            found.append(_forecast(now_ms, known, history, moves))
    return found


def judge_forecasts(said: Sequence[Forecast]) -> Skill:
    """Return how much better than the baseline the model was. The same input gives the same."""
    judged = [one for one in said if one.was_large is not None]
    void = len(said) - len(judged)
    if not judged:
        words = "no forecast is over: it needs 3 h of mids at least"
        nothing = (None, None, None, None, None)
        return Skill(0, void, 0, 0, *nothing, MacroVerdict.NO_SKILL_YET, words)
    happened = np.array([bool(one.was_large) for one in judged], dtype=np.float64)
    model = (np.array([one.model for one in judged]) - happened) ** 2
    base = (np.array([one.baseline for one in judged]) - happened) ** 2
    times = np.array([one.time_ms for one in judged], dtype=np.int64)
    span = int(times[-1] - times[0]) + 1
    blocks = blocks_of(times, block_ms(HORIZON_MIN * MINUTE_MS, span))
    count, events = int(blocks.max()) + 1, int(happened.sum())
    low = high = None
    if count < FEWEST_BLOCKS:
        verdict = MacroVerdict.NO_SKILL_YET
        reason = f"{count} of at least {FEWEST_BLOCKS} independent stretches of two hours"
    else:
        seed = int.from_bytes(blake2b(MODEL_VERSION.encode(), digest_size=8).digest())
        interval = bootstrap(base - model, blocks, np.random.default_rng(seed), base)
        low, high = interval.low, interval.high
        verdict = MacroVerdict.SKILL if low > 0 else MacroVerdict.NO_SKILL_YET
        where = "lies above 0" if low > 0 else "lies below 0" if high < 0 else "includes 0"
        reason = f"the interval of the skill {where}"
    return Skill(
        len(judged),
        void,
        events,
        count,
        _round(model.mean()),
        _round(base.mean()),
        _round(1 - model.sum() / base.sum()),
        _round(low),
        _round(high),
        verdict,
        reason,
    )


def _forecast(
    now_ms: int, known: Volatility, history: BreadthHistory, moves: MarketMoves
) -> Forecast:
    base = baseline(known)
    said = probability(base, inputs_of(history.at(now_ms // STEP_MS - 1)))
    return Forecast(now_ms, base, said, moves.was_large(now_ms, known.usual_bps))


def _round(figure: float | None) -> float | None:
    return None if figure is None else round(float(figure), DIGITS) + 0.0
