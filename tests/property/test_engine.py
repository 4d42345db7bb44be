"""What must hold of the engine for every market."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.engine.book.lot import Lot
from processors.engine.engine import MarketEngine
from processors.engine.orders.level.split import split_change
from schemas.market import MarketRecord
from schemas.settings import EngineSettings
from schemas.signals import LargeOrderEvent, OrderEventKind, OrderState, Signal
from tests.support.markets.market import SYMBOL, VENUE, MarketLog, random_log

SETTINGS = EngineSettings()
ALIGNED = EngineSettings.model_validate({"lifecycle": {"trade_alignment_ms": 60}})
UNITS = st.integers(min_value=0, max_value=10**15)

LOT = Lot(8)


def run(records: list[tuple[MarketRecord, int]], chosen: EngineSettings = SETTINGS) -> list[Signal]:
    engine = MarketEngine(VENUE, SYMBOL, chosen)
    return [signal for record, offset in records for signal in engine.apply(record, offset)]


def in_turn(log: MarketLog) -> list[tuple[MarketRecord, int]]:
    """All of depth, then all of the polls, then all of the trades: as far apart as can be."""
    return [
        (record, offset)
        for records in (log.depth, log.polls, log.trades)
        for offset, record in enumerate(records)
    ]


def as_bytes(signals: list[Signal]) -> list[str]:
    return [signal.model_dump_json() for signal in signals]


@given(old=UNITS, new=UNITS, taken=UNITS, sound=st.booleans())
def test_a_split_conserves_quantity(old: int, new: int, taken: int, sound: bool) -> None:
    split = split_change(old, new, taken, sound=sound)
    assert min(split) >= 0
    assert old + split.added - split.traded - split.cancelled - split.unexplained == new
    assert (split.unexplained if sound else split.cancelled) == 0
    assert split.traded + split.hidden == taken


@given(seed=st.integers(0, 2**32), chosen=st.sampled_from((SETTINGS, ALIGNED)))
@settings(max_examples=60, deadline=None)
def test_quantity_is_conserved_at_every_event(seed: int, chosen: EngineSettings) -> None:
    events = [s for s in run(in_turn(random_log(seed)), chosen) if isinstance(s, LargeOrderEvent)]
    for event in events:
        kept = LOT.units(event.initial_qty) + LOT.units(event.added_qty)
        gone = (event.traded_qty, event.cancelled_qty, event.unexplained_qty)
        assert kept - sum(map(LOT.units, gone)) == LOT.units(event.current_qty)
        assert min(gone) >= 0
        assert event.fill_ratio == event.fill_min <= event.fill_max


@given(
    seed=st.integers(0, 2**32),
    order=st.integers(0, 2**32),
    chosen=st.sampled_from((SETTINGS, ALIGNED)),
)
@settings(max_examples=40, deadline=None)
def test_the_interleaving_of_topics_changes_nothing(
    seed: int, order: int, chosen: EngineSettings
) -> None:
    log = random_log(seed)
    mixed = run(log.interleaved(Random(order)), chosen)
    assert as_bytes(mixed) == as_bytes(run(in_turn(log), chosen))


@given(
    seed=st.integers(0, 2**32),
    order=st.integers(0, 2**32),
    cut=st.floats(0, 1),
    chosen=st.sampled_from((SETTINGS, ALIGNED)),
)
@settings(max_examples=60, deadline=None)
def test_a_restart_anywhere_changes_nothing(
    seed: int, order: int, cut: float, chosen: EngineSettings
) -> None:
    """Stop after any record, load what was dumped, feed again from the state's own offsets."""
    log = random_log(seed)
    records = log.interleaved(Random(order))
    stop = int(cut * len(records))
    first = MarketEngine(VENUE, SYMBOL, chosen)
    signals = [s for record, offset in records[:stop] for s in first.apply(record, offset)]
    second = MarketEngine.load(first.dump(), chosen)
    resume = first.next_offsets()
    left = [
        (record, offset)
        for topic, topic_records in log.topics().items()
        for offset, record in enumerate(topic_records)
        if offset >= resume.get(topic, 0)
    ]
    signals += [s for record, offset in left for s in second.apply(record, offset)]
    assert as_bytes(signals) == as_bytes(run(in_turn(log), chosen))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_an_order_is_opened_once_and_closed_once(seed: int) -> None:
    lives: dict[str, list[LargeOrderEvent]] = {}
    for signal in run(in_turn(random_log(seed))):
        if isinstance(signal, LargeOrderEvent):
            lives.setdefault(signal.order_id, []).append(signal)
    for life in lives.values():
        kinds = [event.kind for event in life]
        assert kinds[0] is OrderEventKind.OPENED
        assert kinds.count(OrderEventKind.OPENED) == 1
        if OrderEventKind.CLOSED in kinds:
            # A closed order may still turn out to have been a layer; nothing else follows.
            after = life[kinds.index(OrderEventKind.CLOSED) + 1 :]
            assert all(event.kind is OrderEventKind.RECLASSIFIED for event in after)
            assert all(event.state is OrderState.CLOSED for event in after)
        assert [event.sequence for event in life] == list(range(len(life)))
        times = [event.event_time for event in life]
        assert times == sorted(times)


def test_the_random_markets_exercise_what_they_should() -> None:
    """The properties above would hold of silence too: make sure there is something to hold."""
    seen: set[str] = set()
    shapes: set[object] = set()
    for seed in range(30):
        for signal in run(in_turn(random_log(seed, frames=400))):
            if isinstance(signal, LargeOrderEvent):
                seen |= {signal.kind, signal.classification, str(signal.close_reason)}
                shapes |= {signal.levels > 1, signal.parent_order_id is not None and "child"}
                shapes |= {"link"} if signal.chain_length > 1 else set()
    assert {"opened", "changed", "persistent", "closed", "reclassified"} <= seen
    assert {"cancelled", "filled", "shrunk", "book_reset"} <= seen
    assert {"SPOOF", "SWEEP_BUY", "SWEEP_SELL"} <= seen
    assert {True, "child", "link"} <= shapes


@pytest.mark.parametrize("seed", range(8))
def test_ids_are_unique(seed: int) -> None:
    ids = [signal.event_id for signal in run(in_turn(random_log(seed, frames=700)))]
    assert len(ids) == len(set(ids))
