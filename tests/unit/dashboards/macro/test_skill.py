"""Whether the model is believed: only where its probabilities beat the baseline's."""

from dataclasses import replace

import numpy as np
import pytest

from dashboards.macro.breadth import STEP_MS, BreadthHistory
from dashboards.macro.macro_risk import MacroRisk, risk_at
from dashboards.macro.moves import MarketMoves
from dashboards.macro.skill import Forecast, MacroVerdict, forecasts, judge_forecasts
from schemas.units import HOUR_MS, MINUTE_MS
from tests.unit.dashboards.macro.markets import START_MS, flow_row, foreseen_market, mids_of

HOURS = 168
END_MS = START_MS + HOURS * HOUR_MS


def said(count: int, model: float, was_large: list[bool | None]) -> list[Forecast]:
    times = [START_MS + number * STEP_MS for number in range(count)]
    return [
        Forecast(time, 0.5, model if large else 1 - model, large)
        for time, large in zip(times, was_large, strict=True)
    ]


def test_what_is_right_more_often_than_the_baseline_has_skill() -> None:
    events = (np.random.default_rng(1).random(1_000) < 0.3).tolist()
    skill = judge_forecasts(said(1_000, 0.8, events))
    assert skill.verdict is MacroVerdict.SKILL
    assert (skill.brier, skill.baseline_brier, skill.skill) == (0.04, 0.25, 0.84)
    assert (skill.forecasts, skill.events) == (1_000, sum(events))
    assert skill.low is not None
    assert skill.low > 0


def test_what_is_wrong_has_none_and_the_reason_says_so() -> None:
    events = (np.random.default_rng(2).random(1_000) < 0.3).tolist()
    skill = judge_forecasts(said(1_000, 0.2, events))
    assert (skill.verdict, skill.reason) == (
        MacroVerdict.NO_SKILL_YET,
        "the interval of the skill lies below 0",
    )


def test_too_short_a_time_says_nothing_however_right_it_is() -> None:
    skill = judge_forecasts(said(200, 0.99, [True] * 200))
    assert skill.verdict is MacroVerdict.NO_SKILL_YET
    assert (skill.low, skill.high) == (None, None)
    assert "of at least 10 independent stretches" in skill.reason
    assert skill.skill == pytest.approx(1 - 0.0001 / 0.25)


def test_what_cannot_be_judged_is_counted_as_void() -> None:
    skill = judge_forecasts(said(3, 0.8, [True, None, None]))
    assert (skill.forecasts, skill.void) == (1, 2)
    nothing = judge_forecasts([])
    assert (nothing.forecasts, nothing.brier, nothing.verdict) == (0, None, "no skill yet")


def said_of(market: tuple[BreadthHistory, MarketMoves], end_ms: int) -> MacroRisk:
    """What is said at the end of a market of which all is live."""
    skill = judge_forecasts(forecasts(*market, START_MS, end_ms))
    return risk_at(skill, *market, START_MS, end_ms)


def test_a_market_that_announces_its_moves_is_found_and_the_probability_is_told() -> None:
    found = said_of(foreseen_market(HOURS, 3, told=True), END_MS)
    assert found.skill.verdict is MacroVerdict.SKILL, found.skill
    assert found.probability is not None
    assert found.baseline is not None


def test_a_market_that_announces_nothing_is_rarely_believed() -> None:
    verdicts = []
    for seed in range(8):
        found = said_of(foreseen_market(60, seed, told=False), START_MS + 60 * HOUR_MS)
        verdicts.append(found.skill.verdict)
        if found.skill.verdict is MacroVerdict.NO_SKILL_YET:
            assert found.probability is None
    assert verdicts.count(MacroVerdict.SKILL) <= 1


def test_nothing_is_said_of_now_where_nothing_is_live() -> None:
    skill = judge_forecasts(forecasts(*foreseen_market(HOURS, 3, told=True), START_MS, END_MS))
    found = risk_at(skill, BreadthHistory(), MarketMoves.of([]), START_MS, END_MS)
    assert found.skill.verdict is MacroVerdict.SKILL
    assert (found.probability, found.baseline, found.breadth.symbols) == (None, None, 0)


def test_no_forecast_knows_what_comes_after_it() -> None:
    history, moves = foreseen_market(48, 5, told=True)
    cut_ms = START_MS + 30 * HOUR_MS
    other = np.random.default_rng(9).normal(0.0, 30.0, len(moves.bps))
    past = moves.index(cut_ms)
    changed = replace(moves, bps=np.concatenate([moves.bps[:past], other[past:]]))
    later = [flow_row(step, "S0", -1e9) for step in range(30 * 12, 48 * 12)]
    walls = [{"side": "bid", "since_ms": cut_ms, "until_ms": None, "value_usd": 1e9}]
    lures = [{"step": cut_ms // STEP_MS, "lures": 1_000}]
    more = BreadthHistory.of([], later, lures, walls)
    kept = {step: rows for step, rows in history.delta_usd.items() if step < cut_ms // STEP_MS}
    more.delta_usd = {**more.delta_usd, **kept}
    before, after = (
        [
            (one.time_ms, one.baseline, one.model)
            for one in forecasts(*market, START_MS, START_MS + 48 * HOUR_MS)
            if one.time_ms <= cut_ms
        ]
        for market in ((history, moves), (more, changed))
    )
    assert before == after
    assert len(before) > 300


def test_forecasts_begin_once_the_usual_volatility_is_known_and_end_before_the_horizon() -> None:
    moves = MarketMoves.of([mids_of(np.random.default_rng(0).normal(0, 5, 300))])
    found = forecasts(BreadthHistory(), moves, START_MS, START_MS + 300 * MINUTE_MS)
    assert found[0].time_ms == START_MS + 125 * MINUTE_MS
    assert found[-1].time_ms == START_MS + 240 * MINUTE_MS
    assert all(one.was_large is not None for one in found)
