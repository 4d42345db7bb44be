"""The second of a market that is handed to those who read several together."""

from __future__ import annotations

from collections import Counter

import pytest

from ingest.offline import market_records
from processors.engine.engine import MarketEngine
from processors.engine.readings.pulse import PulseState
from processors.engine.scope import Scope
from schemas.market import MarketRecord, TakerSide, Trade
from schemas.settings import EngineSettings, Settings
from schemas.signals import FinalAction, FlowBar, LargeOrderEvent, Signal
from schemas.signals.pulse import MarketPulse
from schemas.topics import topic_of_record
from tests.support.markets.captures import CAPTURE
from tests.support.servers.availability import unavailable

SCOPE = Scope("binance_usdm", "BTCUSDT", EngineSettings())
SECOND = 1_700_000_001_000


def ended(state: PulseState, now: int) -> MarketPulse:
    """Return the pulse of the second that ends `now`."""
    return state.end_second(SCOPE, now, 1, (0.0, 0.0), None, (FinalAction.UNKNOWN, 0.0, 0.0))


def test_mids_and_takers_fall_into_their_slices() -> None:
    state = PulseState()
    state.moved(SECOND + 50, 100.0)
    state.moved(SECOND + 250, 101.0)
    state.moved(SECOND + 299, 102.0)
    state.traded(SECOND + 999, Trade(1, SECOND + 999, 100.0, 2.0, TakerSide.SELL), 1.0)
    state.received(7.0)
    state.received(5.0)
    pulse = ended(state, SECOND + 1_000)
    assert pulse.mids == [100.0, 100.0, *[102.0] * 8]
    assert pulse.sell_qty == [*[0.0] * 9, 2.0]
    assert (pulse.sell_usd, pulse.buy_usd, pulse.delay_ms) == (200.0, 0.0, 5.0)
    assert pulse.key == "all:BTC"
    state.moved(SECOND + 1_950, None)
    after = ended(state, SECOND + 2_000)
    assert after.mids == [*[102.0] * 9, None]
    assert (after.sell_usd, after.delay_ms) == (0.0, None)


def test_a_market_without_a_value_in_usd_has_no_place_among_prices_in_usd() -> None:
    state = PulseState()
    state.moved(SECOND + 50, 0.035)
    state.traded(SECOND + 999, Trade(1, SECOND + 999, 0.035, 2.0, TakerSide.BUY), 1.0)
    scope = Scope("binance_usdm", "ETHBTC", EngineSettings(), None)
    cvd, action = (2.0, 0.07), (FinalAction.MARKUP, 1.0, 0.0)
    pulse = state.end_second(scope, SECOND + 1_000, 1, cvd, None, action)
    assert pulse.mids == [None] * 10
    assert (pulse.buy_usd, pulse.sell_usd, pulse.cvd_usd, pulse.orders) == (0.0, 0.0, 0.0, [])
    assert (sum(pulse.buy_qty), pulse.cvd_qty, pulse.final_action) == (2.0, 2.0, "MARKUP")


@pytest.mark.capture
def test_pulses_hold_what_the_signals_hold_and_outlive_a_restart() -> None:
    if not CAPTURE.is_file():
        unavailable(f"no capture at {CAPTURE}")
    records = [r for r in market_records(CAPTURE, Settings()) if isinstance(r, MarketRecord)]
    signals, pulses = run(records, restart_at=None)
    plain, none = run(records, restart_at=None, with_pulses=False)
    assert plain == signals
    assert not none
    told = [one for one in signals if isinstance(one, LargeOrderEvent)]
    steps = [step for pulse in pulses for step in pulse.orders]
    assert [(s.order_id, s.sequence, s.current_qty) for s in steps] == [
        (one.order_id, one.sequence, one.current_qty) for one in told
    ]
    bars = {
        bar.event_time + 1_000: bar
        for bar in signals
        if isinstance(bar, FlowBar) and bar.interval_ms == 1_000
    }
    for pulse in pulses:
        bar = bars.get(pulse.event_time)  # None: nobody traded.
        assert sum(pulse.buy_qty) == pytest.approx(bar.buy_qty if bar else 0.0)
        assert bar is None or pulse.cvd_qty == bar.cvd_qty
    assert run(records, restart_at=4_000)[1] == pulses


def run(
    records: list[MarketRecord], restart_at: int | None, *, with_pulses: bool = True
) -> tuple[list[Signal], list[MarketPulse]]:
    """Return signals and pulses; after record `restart_at` from the state on."""
    engine = MarketEngine(
        "binance_usdm", "BTCUSDT", Settings().engine_for("BTCUSDT"), with_pulses=with_pulses
    )
    log: list[tuple[MarketRecord, str, int]] = []
    offsets: Counter[str] = Counter()
    for record in records:
        topic = topic_of_record(record).name
        log.append((record, topic, offsets[topic]))
        offsets[topic] += 1
    signals: list[Signal] = []
    pulses: list[MarketPulse] = []
    for number, (record, _, offset) in enumerate(log):
        signals += engine.apply(record, offset)
        pulses += engine.take_pulses()
        if number == restart_at:
            engine = MarketEngine.load(
                engine.dump(), Settings().engine_for("BTCUSDT"), with_pulses=with_pulses
            )
            due = engine.next_offsets()
            for again, topic, old in log[: number + 1]:
                if old >= due.get(topic, 0):
                    signals += engine.apply(again, old)
                    pulses += engine.take_pulses()
    return signals, pulses
