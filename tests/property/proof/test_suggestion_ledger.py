"""Graded suggestions: by the trades that were, exactly once, without a look ahead, restartable."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.engine.engine import MarketEngine
from schemas.market import MarketRecord, Trade, Trades
from schemas.settings import EngineSettings
from schemas.signals import LargeOrderEvent, Side, Signal, SuggestionEnd, SuggestionOutcome
from schemas.topics import topic_of_record
from tests.property.test_ledger import SEEDS, history, other_future, run
from tests.support.markets.market import START_MS, SYMBOL, VENUE

HORIZON_MS = 5_000
VALUES: dict[str, Any] = {
    "risk": {"max_loss_usd": 50, "horizon_ms": HORIZON_MS, "beyond_ticks": 1, "beyond_sigmas": 0},
    "lifecycle": {"persistent_ms": 1_000, "persistent_observations": 5},
}
CHOSEN = EngineSettings.model_validate(VALUES)


def graded(signals: list[Signal]) -> list[SuggestionOutcome]:
    return [signal for signal in signals if isinstance(signal, SuggestionOutcome)]


def reaching(outcome: SuggestionOutcome, trades: list[Trade]) -> list[tuple[int, float]]:
    """The trades at the entry or beyond, from when it was told to its end: ms, and how far."""
    sign = 1 if outcome.side is Side.BID else -1
    # At its horizon nothing that happens then counts; another end comes behind trades of its time.
    at_horizon = outcome.end in (SuggestionEnd.NOT_ENTERED, SuggestionEnd.HELD)
    last = outcome.event_time - 1 if at_horizon else outcome.event_time
    return [
        (trade.event_time, (outcome.entry - trade.price) * sign)
        for trade in trades
        if outcome.told_at <= trade.event_time <= last and (outcome.entry - trade.price) * sign >= 0
    ]


@given(seed=SEEDS)
@example(seed=10_030_302)  # void in the millisecond in which its entry was touched
@settings(max_examples=40, deadline=None)
def test_it_was_entered_if_and_only_if_a_trade_went_beyond_it(seed: int) -> None:
    records = history(seed)
    trades = [
        trade for record, _ in records if isinstance(record, Trades) for trade in record.trades
    ]
    for outcome in graded(run(records, CHOSEN)):
        reached = reaching(outcome, trades)
        beyond = [time for time, distance in reached if distance > 0]
        if outcome.entered_at is not None:
            assert outcome.entered_at in beyond
        elif outcome.end is SuggestionEnd.NOT_ENTERED:
            assert not beyond
        if outcome.touched_at is not None:
            assert outcome.touched_at in [time for time, _ in reached]
        if outcome.end in (SuggestionEnd.NOT_ENTERED, SuggestionEnd.HELD):
            assert (outcome.touched_at is not None) is bool(reached)
        has_left = outcome.end in (SuggestionEnd.STOPPED, SuggestionEnd.HELD)
        assert has_left is (outcome.loss_usd is not None) is (outcome.is_within is not None)
        assert (outcome.end is SuggestionEnd.VOID) is (outcome.void_reason is not None)
        assert outcome.event_time <= outcome.told_at + HORIZON_MS


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_of_each_wall_one_at_a_time_is_graded_and_each_once(seed: int) -> None:
    signals = run(history(seed), CHOSEN)
    outcomes = graded(signals)
    assert len({outcome.event_id for outcome in outcomes}) == len(outcomes)
    told = {event.event_id: event for event in signals if isinstance(event, LargeOrderEvent)}
    over: dict[str, int] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.told_at):
        event = told[outcome.suggestion_id]
        assert (event.suggested_entry, event.suggested_qty) == (outcome.entry, outcome.qty)
        assert outcome.told_at >= over.get(outcome.order_id, 0)
        over[outcome.order_id] = outcome.event_time
    end = max(event.event_time for event in told.values()) if told else 0
    known = {outcome.order_id for outcome in outcomes}
    for event in told.values():
        if event.suggested_qty is not None and event.event_time + HORIZON_MS < end - 1_000:
            assert event.order_id in known


@given(seed=SEEDS, cut=st.floats(0.1, 0.9))
@settings(max_examples=40, deadline=None)
def test_the_future_changes_no_suggestion_and_no_outcome_of_the_past(seed: int, cut: float) -> None:
    records = history(seed)
    last = records[-1][0].received_us // 1_000
    since = START_MS + int(cut * (last - START_MS))
    changed = [(other_future(record, since), offset) for record, offset in records]

    def past(signals: list[Signal]) -> list[str]:
        return [
            signal.model_dump_json(exclude={"received_us"})
            for signal in signals
            if isinstance(signal, LargeOrderEvent | SuggestionOutcome)
            and signal.event_time <= since
        ]

    assert past(run(records, CHOSEN)) == past(run(changed, CHOSEN))


def run_broken(
    records: list[tuple[MarketRecord, int]], at: int, chosen: EngineSettings = CHOSEN
) -> list[Signal]:
    """Run with a restart after `at` records."""
    engine = MarketEngine(VENUE, SYMBOL, chosen)
    out = [signal for record, offset in records[:at] for signal in engine.apply(record, offset)]
    engine = MarketEngine.load(engine.dump(), chosen)
    due = engine.next_offsets()
    again = [
        (record, offset)
        for record, offset in records[:at]
        if offset >= due.get(topic_of_record(record).name, 0)
    ]
    for record, offset in (*again, *records[at:]):
        out += engine.apply(record, offset)
    return out


@given(seed=SEEDS, share=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_a_restart_at_any_record_changes_nothing(seed: int, share: float) -> None:
    records = history(seed)
    whole = run(records, CHOSEN)
    broken = run_broken(records, int(share * len(records)))
    assert [s.model_dump_json() for s in graded(broken)] == [
        s.model_dump_json() for s in graded(whole)
    ]


def test_the_random_markets_grade_suggestions_of_many_ends() -> None:
    """The properties above would hold of silence too."""
    outcomes = [one for seed in range(40) for one in graded(run(history(seed), CHOSEN))]
    ends = {outcome.end for outcome in outcomes}
    assert ends >= {SuggestionEnd.STOPPED, SuggestionEnd.HELD, SuggestionEnd.VOID}
    assert {outcome.side for outcome in outcomes} == set(Side)
