"""Two ingests that follow one symbol: every trade counts once, over a restart as well."""

from collections import Counter, deque
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.engine import MarketEngine
from schemas.market import MarketRecord, Trades
from schemas.settings import EngineSettings
from schemas.signals import Signal
from schemas.topics import topic_of_record
from tests.support.markets.market import SYMBOL, VENUE, random_log

FRAMES = 40
SETTINGS = EngineSettings()


def _run(records: list[MarketRecord], restart_at: int) -> tuple[list[str], int]:
    """Return the signals as JSON and how many trades were left out; the engine is saved and loaded
    before record `restart_at`."""
    engine = MarketEngine(VENUE, SYMBOL, SETTINGS)
    offsets: Counter[str] = Counter()
    signals: list[Signal] = []
    left_out = 0
    for number, record in enumerate(records):
        if number == restart_at:
            resume = engine.next_offsets()
            raw = engine.dump()
            engine = MarketEngine.load(raw, SETTINGS)
            seen: Counter[str] = Counter()
            for earlier in records[:number]:
                topic = topic_of_record(earlier).name
                if seen[topic] >= resume.get(topic, 0):
                    signals += engine.apply(earlier, seen[topic])
                seen[topic] += 1
        topic = topic_of_record(record).name
        signals += engine.apply(record, offsets[topic])
        offsets[topic] += 1
        left_out += engine.take_repeated()
    return [signal.model_dump_json() for signal in signals], left_out


@settings(max_examples=15)
@example(seed=327, behind=0, restart_at=80)
@given(
    seed=st.integers(0, 500),
    behind=st.integers(0, 12),
    restart_at=st.integers(1, 80),
)
def test_a_trade_that_comes_from_both_counts_once(seed: int, behind: int, restart_at: int) -> None:
    alone = [record for record, _ in random_log(seed, FRAMES, resets=False).interleaved(Random(1))]
    both: list[MarketRecord] = []
    waiting: deque[Trades] = deque()
    repeated = 0
    for record in alone:
        both.append(record)
        if isinstance(record, Trades):
            waiting.append(record.model_copy(update={"unsound_from": None, "unsound_to": None}))
            repeated += len(record.trades)
        while len(waiting) > behind:
            both.append(waiting.popleft())
    repeated -= sum(len(pack.trades) for pack in waiting)
    expected, none = _run(alone, len(alone))
    found, left_out = _run(both, restart_at)
    assert none == 0
    assert found == expected
    # Some of the last ones still wait for depth; those before a restart may be counted again.
    assert (left_out > 0) == (repeated > 0)
