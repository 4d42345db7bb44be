"""Consolidated flow, action, lead and clocks; markets that fall behind."""

from __future__ import annotations

import pytest

from processors.cross import CrossEngine, CrossStateError
from schemas.settings import CrossSettings
from schemas.signals import CrossAction, CrossClock, CrossLead, CrossSecond, FinalAction, Signal
from schemas.signals.pulse import SLICES, MarketPulse
from tests.support.markets.pulses import MARKETS, PERP, SPOT, START, Story


def feed(engine: CrossEngine, pulses: list[MarketPulse]) -> list[Signal]:
    """Return what the engine makes of pulses in this order."""
    return [s for offset, pulse in enumerate(pulses) for s in engine.apply(pulse, offset)]


def test_cvd_and_open_interest_are_summed() -> None:
    seconds = [one for one in Story(seconds=5).told() if isinstance(one, CrossSecond)]
    assert [one.event_time for one in seconds] == [START + n * 1_000 for n in range(1, 6)]
    last = seconds[-1]
    assert last.markets == list(MARKETS)
    assert last.cvd_qty == 8.0
    assert last.cvd_qty_by_market == [4.0, 4.0]
    assert (last.open_interest, last.open_interest_by_market) == (1_000.0, [None, 1_000.0])
    assert last.mid == pytest.approx((60_000 * 60_030) ** 0.5)
    assert last.basis_bps == pytest.approx([2.4994, -2.4994], abs=1e-3)


def test_the_action_names_who_agrees_and_who_is_against_it() -> None:
    story = Story(
        actions={PERP: FinalAction.DISTRIBUTION, SPOT: FinalAction.ACCUMULATE},
        takers=[(PERP, 500, 50.0, 50.0)],
    )
    actions = [one for one in story.told() if isinstance(one, CrossAction)]
    assert len(actions) == 1
    assert actions[0].final_action is FinalAction.DISTRIBUTION
    assert (actions[0].agreeing, actions[0].against) == ([PERP], [SPOT])


def test_who_moves_first_leads() -> None:
    story = Story(seconds=70)
    pulses: list[MarketPulse] = []
    for market, late in ((PERP, 0), (SPOT, 3)):
        for number, pulse in enumerate(story.pulses(market)):
            marks = [number * SLICES + place - late for place in range(SLICES)]
            mids = [60_000 + 5.0 * ((mark * mark) % 7) for mark in marks]
            pulses.append(pulse.model_copy(update={"mids": mids}))
    engine = CrossEngine("BTC", CrossSettings(max_wait_ms=None), MARKETS)
    leads = [one for one in feed(engine, pulses) if isinstance(one, CrossLead)]
    assert leads
    assert {(one.first, one.second, one.lead_ms) for one in leads} == {(SPOT, PERP, -300)}
    assert leads[0].correlation > 0.95


def test_the_skew_of_clocks_is_measured() -> None:
    story = Story(seconds=10, markets=(*MARKETS, "bybit_linear:BTCUSDT"))
    pulses = [
        pulse.model_copy(update={"delay_ms": 130.0} if "bybit" in market else {})
        for market in story.markets
        for pulse in story.pulses(market)
    ]
    engine = CrossEngine("BTC", CrossSettings(max_wait_ms=None), story.markets)
    clocks = [one for one in feed(engine, pulses) if isinstance(one, CrossClock)]
    assert {one.market: (one.skew_ms, one.within_tolerance) for one in clocks} == {
        SPOT: (0.0, True),
        PERP: (0.0, True),
        "bybit_linear:BTCUSDT": (125.0, False),
    }


def test_a_market_that_falls_far_behind_is_not_waited_for() -> None:
    story = Story(seconds=60)
    spot, perp = list(story.pulses(SPOT)), list(story.pulses(PERP))
    engine = CrossEngine("BTC", CrossSettings(max_wait_ms=10_000), MARKETS)
    told = feed(engine, [*spot[:5], *perp])
    seconds = [one for one in told if isinstance(one, CrossSecond)]
    assert seconds[-1].event_time == START + 60_000
    assert (seconds[4].missing, seconds[5].missing) == ([], [SPOT])
    assert engine.apply(spot[5], 65) == []
    assert engine.late == 1


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(CrossStateError, match="not a state of a cross engine"):
        CrossEngine.load(b"x", CrossSettings())
