"""What the scorecard says of made-up outcomes."""

from typing import Any

import numpy as np
import pytest

from dashboards.proof.mids import MidSeries
from dashboards.proof.scorecard import Line, Verdict, judge
from dashboards.proof.trial import PLANTED, SYMBOL, tape, trial

KEY = ("binance_usdm", "BTCUSDT")


def outcome(told_ms: int, return_bps: float | None, **fields: Any) -> dict[str, Any]:
    """A row of the view `outcomes`."""
    horizon = fields.get("horizon_ms", 5_000)
    values = {
        "venue": KEY[0],
        "symbol": KEY[1],
        "event_id": f"r{told_ms}@{horizon}",
        "event_time": told_ms + horizon,
        "reading_kind": "order_closed",
        "label": "SPOOF",
        "direction": 1,
        "told_at": told_ms,
        "horizon_ms": horizon,
        "return_bps": return_bps,
        "favourable_bps": 2.0,
        "adverse_bps": 1.0,
        "half_spread_bps_at": 0.25,
        "half_spread_bps_after": 0.5,
        "void_reason": None,
    }
    return {**values, **fields}


def flat(seconds: int) -> dict[tuple[str, str], MidSeries]:
    return {KEY: MidSeries(0, np.full(seconds, 100.0))}


def only(lines: list[Line], **wanted: Any) -> Line:
    found = [
        line for line in lines if all(getattr(line, key) == value for key, value in wanted.items())
    ]
    assert len(found) == 1
    return found[0]


def test_the_figures_of_a_line_are_those_of_its_outcomes() -> None:
    rows = [outcome(1_000 * second, move) for second, move in ((1, 3.0), (2, -1.0), (9, 1.0))]
    rows.append(outcome(20_000, None, void_reason="gap"))
    card = judge(rows, flat(60), fee_bps=5.0)
    line = only(card.lines)
    assert (line.readings, line.void, line.mean_bps, line.median_bps) == (3, 1, 1.0, 1.0)
    assert (line.hit_rate, line.favourable_bps, line.adverse_bps) == (0.6667, 2.0, 1.0)
    assert line.net_bps == -9.75
    assert line.verdict is Verdict.TOO_FEW
    assert (card.outcomes, card.void, card.comparisons) == (4, {"gap": 1}, 0)


def test_a_reading_for_neither_way_is_counted_and_not_judged() -> None:
    card = judge([outcome(1_000, None, direction=0, label="UNKNOWN")], flat(60), 0.0)
    assert (card.lines[0].undirected, card.lines[0].verdict) == (1, Verdict.TAKES_NO_SIDE)
    lost = judge([outcome(1_000, None, direction=0, void_reason="gap")], flat(60), 0.0)
    assert (lost.lines[0].void, lost.lines[0].verdict) == (1, Verdict.TAKES_NO_SIDE)


def test_one_symbol_is_not_pooled_with_itself() -> None:
    rows = [outcome(1_000, 1.0)]
    assert [line.symbol for line in judge(rows, flat(60), 0.0).lines] == ["BTCUSDT"]
    rows.append(outcome(1_000, 3.0, symbol="ETHUSDT"))
    lines = judge(rows, flat(60), 0.0).lines
    assert only(lines, symbol="ALL").mean_bps == 2.0


def test_without_outcomes_there_is_nothing_to_say() -> None:
    card = judge([], {}, 5.0)
    assert (card.lines, card.outcomes, card.comparisons) == ([], 0, 0)


def test_outcomes_of_a_symbol_without_mids_are_shown_and_not_judged() -> None:
    rows = [outcome(60_000 * minute, 1.0) for minute in range(100)]
    line = only(judge(rows, {}, 0.0).lines)
    assert (line.readings, line.effect_bps, line.verdict) == (100, None, Verdict.TOO_FEW)


def test_the_market_going_up_is_no_merit_of_those_who_said_so() -> None:
    """Everything rises by a tenth of a bp a second; all readings read for a rise."""
    random = np.random.default_rng(3)
    mid = 100.0 * np.exp(np.cumsum(0.1 + 0.02 * random.standard_normal(7_200)) / 10_000)
    moves = (mid[5:] / mid[:-5] - 1) * 10_000
    rows = [outcome(1_000 * second, float(moves[second])) for second in range(30, 7_000, 60)]
    line = only(judge(rows, {KEY: MidSeries(0, mid)}, 0.0).lines)
    assert line.mean_bps == pytest.approx(0.5, abs=0.02)
    assert line.effect_bps == pytest.approx(0.0, abs=0.02)
    assert line.verdict is Verdict.NO_INFORMATION


def test_the_same_outcomes_get_the_same_figures() -> None:
    made = tape(7, hours=0.5)
    series = {SYMBOL: made.series}
    shuffled = list(reversed(made.outcomes))
    assert judge(made.outcomes, series, 1.0) == judge(shuffled, series, 1.0)


def test_chance_is_seldom_called_by_another_name() -> None:
    """The full trial is `wallwatch scorecard --trials 200`; this is a part of it."""
    results = [trial(seed, hours=1.5) for seed in range(12)]
    tested = sum(result.tested for result in results)
    assert tested > 100
    assert sum(result.called for result in results) <= 0.05 * tested


def test_a_planted_drift_is_found_and_a_reversed_one_misleads() -> None:
    assert sum(trial(1_000 + seed, hours=2.0, drift_bps=2.0).found for seed in range(6)) >= 5
    made = tape(2_000, hours=2.0, drift_bps=-2.0)
    line = only(
        judge(made.outcomes, {SYMBOL: made.series}, 0.0).lines, label=PLANTED, horizon_ms=15_000
    )
    assert line.verdict is Verdict.MISLEADS
    assert line.high_bps is not None
    assert line.high_bps < -1.0
