"""The cross engine under chance: order of arrival, repeats, restarts, conserved sums."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.cross import CrossEngine
from schemas.settings import CrossSettings
from schemas.signals import CrossFinding, CrossStage, OrderEventKind, Side, Signal
from schemas.signals.pulse import MarketPulse
from tests.support.markets.pulses import PERP, SPOT, Story, step

COINM = "binance_coinm:BTCUSD_PERP"
MARKETS = (COINM, SPOT, PERP)
PATIENT = CrossSettings(max_wait_ms=None)
IMPATIENT = CrossSettings(max_wait_ms=4_000)
SECONDS = 25


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Orders of a few sizes at a few prices, pulled or not, and bursts of takers."""
    story = Story(seconds=SECONDS, markets=MARKETS)
    for _ in range(draw(st.integers(1, 8))):
        market = draw(st.sampled_from(MARKETS))
        side = draw(st.sampled_from(list(Side)))
        price = draw(st.sampled_from([59_980.0, 60_000.0, 60_010.0, 60_040.0]))
        qty = draw(st.sampled_from([10.0, 11.0, 12.5, 40.0]))
        since = draw(st.integers(0, (SECONDS - 5) * 1_000))
        traded = draw(st.sampled_from([0.0, 0.0, 1.0, 5.0]))
        opened = step(market, side, price, qty, since)
        story.steps.append((market, opened))
        if draw(st.booleans()):
            eaten = replace(
                opened,
                sequence=1,
                kind=OrderEventKind.CHANGED,
                event_time=opened.event_time + 100,
                traded_qty=traded,
                added_qty=traded / 2,
                current_qty=qty - traded / 2,
            )
            story.steps.append((market, eaten))
        if draw(st.booleans()):
            end = since + 400 + draw(st.integers(0, 4_000))
            gone = step(market, side, price, qty, since, closed=end, traded=traded, sequence=2)
            story.steps.append((market, gone))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, SECONDS * 1_000 - 1))
        sold = draw(st.sampled_from([0.0, 9.0]))
        story.takers.append((draw(st.sampled_from(MARKETS)), at, 9.0 - sold, sold))
    return story


def told(
    log: list[MarketPulse],
    restarts: frozenset[int] = frozenset(),
    settings: CrossSettings = PATIENT,
) -> list[Signal]:
    """Return the signals of a log; where it restarts, from the state and its offset on."""
    engine = CrossEngine("BTC", settings, MARKETS)
    out: list[Signal] = []
    for offset, pulse in enumerate(log):
        out += engine.apply(pulse, offset)
        if offset in restarts:
            raw, due = engine.dump(), engine.next_offset()
            engine = CrossEngine.load(raw, settings, MARKETS)
            for again in range(due, offset + 1):
                out += engine.apply(log[again], again)
    return out


@given(stories(), st.data())
def test_neither_order_of_arrival_nor_repeats_nor_restarts_change_anything(
    story: Story, data: st.DataObject
) -> None:
    streams = {market: list(story.pulses(market)) for market in MARKETS}
    in_time = sorted(
        (pulse for stream in streams.values() for pulse in stream), key=lambda p: p.event_time
    )
    turns = data.draw(st.permutations([m for m in MARKETS for _ in range(SECONDS)]))
    waiting = {market: iter(stream) for market, stream in streams.items()}
    mixed = [next(waiting[market]) for market in turns]
    back = data.draw(st.integers(0, len(mixed) - 1))
    repeated = [*mixed[: back + 1], *mixed[max(0, back - 20) : back + 1], *mixed[back + 1 :]]
    restarts = data.draw(st.frozensets(st.integers(0, len(repeated) - 1), max_size=3))
    expected = told(in_time)
    assert told(mixed) == expected
    assert told(repeated, restarts) == expected
    assert len({one.event_id for one in expected}) == len(expected)


@given(stories())
def test_the_sum_of_a_wall_is_conserved_and_its_life_is_whole(story: Story) -> None:
    lives: dict[str, list[CrossFinding]] = {}
    for one in story.findings(PATIENT):
        lives.setdefault(one.finding_id, []).append(one)
        left = one.initial_qty + one.added_qty - one.traded_qty - one.cancelled_qty
        assert left - one.unexplained_qty == pytest.approx(one.current_qty, abs=1e-9)
        assert one.max_qty >= one.current_qty
        assert one.spread_bps <= 2 * PATIENT.within_bps + 1e-6
        assert len(set(one.markets)) == len(one.markets) >= 2
    for steps in lives.values():
        assert [one.sequence for one in steps] == list(range(len(steps)))
        assert all(a.event_time <= b.event_time for a, b in pairwise(steps))
        assert all(one.stage is not CrossStage.CLOSED for one in steps[:-1])


@given(stories(), st.data())
def test_who_is_not_waited_for_follows_from_the_log_alone(
    story: Story, data: st.DataObject
) -> None:
    streams = {market: list(story.pulses(market)) for market in MARKETS}
    silent = data.draw(st.integers(1, SECONDS - 1))
    streams[SPOT] = (
        streams[SPOT][:silent] + streams[SPOT][data.draw(st.integers(silent, SECONDS)) :]
    )
    turns = data.draw(st.permutations([m for m, held in streams.items() for _ in held]))
    waiting = {market: iter(stream) for market, stream in streams.items()}
    log = [next(waiting[market]) for market in turns]
    restarts = data.draw(st.frozensets(st.integers(0, len(log) - 1), max_size=3))
    assert told(log, restarts, IMPATIENT) == told(log, settings=IMPATIENT)
