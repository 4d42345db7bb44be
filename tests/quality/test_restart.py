"""A restart anywhere, in the middle of every kind of episode, changes no signal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compose.evaluation.injection.episode import CLASSES, Group
from processors.engine.engine import MarketEngine
from schemas.market import Trades
from schemas.settings import EngineSettings
from schemas.topics import DEPTH, TRADES
from tests.quality.streams import injected, orders_of, signals_of


def test_every_class_is_among_the_episodes() -> None:
    told = {
        event.classification
        for group in Group
        for event in orders_of(signals_of(injected(group).stream))
    }
    assert set(CLASSES) <= told


@pytest.mark.parametrize("group", tuple(Group))
def test_a_restart_at_any_record_gives_the_same_signals(group: Group) -> None:
    stream = injected(group).stream
    entries = list(stream.with_offsets())
    expected = [signal.model_dump_json() for signal in signals_of(stream)]

    @given(cut=st.integers(0, len(entries)))
    @settings(max_examples=12, deadline=None)
    def restarted(cut: int) -> None:
        first = MarketEngine(stream.venue, stream.symbol, EngineSettings())
        signals = [s for record, offset in entries[:cut] for s in first.apply(record, offset)]
        resume = first.next_offsets()
        second = MarketEngine.load(first.dump(), EngineSettings())
        for record, offset in entries:
            topic = TRADES.name if isinstance(record, Trades) else DEPTH.name
            if offset >= resume.get(topic, 0):
                signals += second.apply(record, offset)
        assert [signal.model_dump_json() for signal in signals] == expected

    restarted()
