"""Moves, baseline, breadth and the stated model, each by hand."""

from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.macro.baseline import LEAST, Volatility, baseline, leaves, volatility
from dashboards.macro.breadth import STEP_MS, Breadth, BreadthHistory
from dashboards.macro.model import TERMS, inputs_of, probability
from dashboards.macro.moves import MarketMoves
from schemas.units import MINUTE_MS
from tests.unit.dashboards.macro.markets import START_MS, actions_of, flow_row, mids_of

NOTHING = Breadth(0, {}, None, None, None, None, None, None, None)
FIRST = START_MS // STEP_MS


def test_the_market_moves_by_the_mean_of_those_that_are_known() -> None:
    one, other = mids_of(np.array([10.0, 20.0, -5.0])), mids_of(np.array([30.0, 0.0, 0.0]), "ETH")
    del other["minutes"][2], other["mids"][2]
    moves = MarketMoves.of([one, other])
    # The other one has no mid at the end of the third minute, so no move then nor after it.
    assert moves.bps[1:] == pytest.approx([20.0, 20.0, -5.0])
    assert np.isnan(moves.bps[0])
    assert len(moves.until(START_MS + 2 * MINUTE_MS)) == 2
    assert len(MarketMoves.of([]).bps) == 0


def test_a_move_is_large_when_any_minute_of_the_hour_reaches_two_sigma() -> None:
    there_and_back = np.zeros(61)
    there_and_back[[10, 11]] = 20.0, -20.0
    moves = MarketMoves.of([mids_of(there_and_back)])
    now = START_MS + MINUTE_MS
    assert moves.was_large(now, 9.9) is True
    assert moves.was_large(now, 10.1) is False
    assert moves.was_large(now + 2 * MINUTE_MS, 1.0) is None, "the hour is not over"
    assert moves.was_large(START_MS - MINUTE_MS, 1.0) is None


@pytest.mark.parametrize(("width", "expected"), [(0.0, 1.0), (1.0, 0.6292), (2.0, 0.0910), (9, 0)])
def test_a_walk_leaves_a_band_as_the_series_says(width: float, expected: float) -> None:
    assert leaves(width) == pytest.approx(expected, abs=1e-4)


def test_a_simulated_walk_agrees() -> None:
    steps = np.random.default_rng(1).normal(0.0, 0.02, (4_000, 2_500))
    left = (np.abs(np.cumsum(steps, axis=1)).max(axis=1) >= 1.5).mean()
    assert leaves(1.5) == pytest.approx(left, abs=0.03)


def test_the_baseline_is_higher_after_a_restless_half_hour() -> None:
    calm = np.tile([3.0, -3.0], 700)
    found = volatility(calm)
    assert found is not None
    assert found.usual_bps == pytest.approx(found.late_bps) == pytest.approx(3 * 60**0.5)
    assert baseline(found) == pytest.approx(0.0910, abs=1e-4)
    restless = volatility(np.concatenate([calm, np.tile([9.0, -9.0], 15)]))
    assert restless is not None
    assert baseline(restless) > 0.2
    assert volatility(calm[:119]) is None
    assert volatility(np.zeros(300)) is None
    assert volatility(np.full(300, np.nan)) is None
    assert baseline(Volatility(1e9, 1e-9)) == LEAST


def test_breadth_is_what_the_last_hour_and_the_last_step_showed() -> None:
    held = {"A": "ACCUMULATE", "B": "MARKUP", "C": "MARKDOWN", "D": "MANIPULATION"}
    flow = [
        flow_row(0, "A", 5.0, open_interest=100.0),
        flow_row(0, "B", 5.0),
        flow_row(11, "B", -9.0),
        flow_row(12, "A", 1.0, open_interest=90.0, funding_rate=0.0003),
        flow_row(12, "C", 2.0, open_interest=50.0, funding_rate=-0.0001),
        flow_row(13, "A", -99.0),
    ]
    lures = [{"step": FIRST, "lures": 50}, {"step": FIRST + 1, "lures": 4},
             {"step": FIRST + 13, "lures": 9}]  # fmt: skip
    end = (FIRST + 13) * STEP_MS
    walls: list[dict[str, Any]] = [
        {"side": "bid", "since_ms": end - 1, "until_ms": None, "value_usd": 3.0},
        {"side": "ask", "since_ms": 0, "until_ms": end, "value_usd": 1.0},
        {"side": "ask", "since_ms": 0, "until_ms": end - 1, "value_usd": 70.0},
        {"side": "bid", "since_ms": end, "until_ms": None, "value_usd": 70.0},
    ]
    found = BreadthHistory.of(actions_of(13, held), flow, lures, walls).at(FIRST + 12)
    assert found.symbols == 3
    assert found.actions == dict.fromkeys(sorted(held.values()), 0.25)
    assert (found.one_sided, found.manipulation) == (0.25, 0.25)
    assert found.lures_per_hour == pytest.approx(4 / 3)
    assert found.net_defence == 0.5
    assert found.cvd_breadth == pytest.approx(1 / 3), "A and C bought, B sold"
    assert found.oi_breadth == -1.0
    assert found.funding_bps == pytest.approx(1.0)


def test_what_is_not_stored_is_absent_and_adds_nothing() -> None:
    assert BreadthHistory.of([], [], [], []).at(FIRST) == NOTHING
    inputs = inputs_of(NOTHING)
    assert [one.name for one in inputs] == [term.name for term in TERMS]
    assert all(one.value is None and one.adds == 0.0 for one in inputs)
    assert probability(0.0910, inputs) == pytest.approx(0.0910)


def test_the_formula_is_the_stated_one() -> None:
    breadth = Breadth(4, {}, 0.5, 0.2, 3.0, -0.5, 0.9, None, -9.0)
    adds = 0.8 * 0.2 + 0.6 * 0.1 + 0.2 * (log(4) - 1) + 0.4 * 0.2 + 0.5 * 0.5 + 0.1 * 4
    found = probability(0.1, inputs_of(breadth))
    assert log(found / (1 - found)) == pytest.approx(log(0.1 / 0.9) + adds)


SHARES = st.none() | st.floats(0, 1)
SIGNED = st.none() | st.floats(-1, 1)


@given(
    st.builds(
        Breadth,
        st.integers(0, 600),
        st.just({}),
        SHARES,
        SHARES,
        st.none() | st.floats(0, 1e4),
        SIGNED,
        SIGNED,
        SIGNED,
        st.none() | st.floats(-400, 400),
    ),
    st.floats(LEAST, 1 - LEAST),
)
def test_a_probability_is_never_certain_and_both_directions_are_alike(
    breadth: Breadth, base: float
) -> None:
    found = probability(base, inputs_of(breadth))
    assert LEAST <= found <= 1 - LEAST
    turned = Breadth(
        breadth.symbols,
        {},
        breadth.one_sided,
        breadth.manipulation,
        breadth.lures_per_hour,
        *(None if x is None else -x for x in (breadth.net_defence, breadth.cvd_breadth)),
        *(None if x is None else -x for x in (breadth.oi_breadth, breadth.funding_bps)),
    )
    assert probability(base, inputs_of(turned)) == found
