"""A book that contradicts itself is not shown as valid: not for a second."""

import pytest

from processors.engine import MarketEngine
from schemas.market import DepthDiff, DepthSnapshot, Level, Trades
from schemas.settings import EngineSettings
from schemas.signals import BookMetrics, LargeOrderEvent, Signal

HEAD = {"venue": "v", "symbol": "AAA", "received_us": 0}
SETTINGS = EngineSettings.model_validate(
    {"threshold": {"mode": "absolute", "absolute_usd": 1_000_000}}
)
BIDS, ASKS = [(100.0, 90_000.0), (99.0, 1.0)], [(101.0, 2.0), (102.0, 1.0)]


def snapshot(at: int, bids: list[Level] = BIDS, asks: list[Level] = ASKS) -> DepthSnapshot:
    return DepthSnapshot(**HEAD, event_time=at, last_update_id=at, bids=bids, asks=asks)


def diff(at: int, before: int, bids: list[Level], asks: list[Level]) -> DepthDiff:
    ids = {"first_update_id": at, "last_update_id": at, "prev_update_id": before}
    return DepthDiff(**HEAD, event_time=at, **ids, bids=bids, asks=asks)


def books(signals: list[Signal]) -> list[tuple[bool, str | None]]:
    return [(s.is_valid, s.invalid_reason) for s in signals if isinstance(s, BookMetrics)]


@pytest.mark.parametrize(
    ("bids", "asks", "reason"),
    [
        ([(101.5, 1.0)], [], "crossed"),
        ([(101.0, 1.0)], [], "locked"),
        ([], [(100.0, 1.0)], "locked"),
        ([(0.0, 1.0)], [], "not positive"),
        ([(-5.0, 1.0)], [], "not positive"),
        ([(98.0, -1.0)], [], "negative quantity"),
        ([(98.0, 1.0), (98.0, 2.0)], [], "a level twice"),
    ],
)
def test_a_contradiction_ends_the_book_until_the_next_snapshot(
    bids: list[Level], asks: list[Level], reason: str
) -> None:
    engine = MarketEngine("v", "AAA", SETTINGS)
    engine.apply(Trades(**HEAD, watermark=9_000, trades=[]), 0)
    signals = engine.apply(snapshot(1_000), 0)
    signals += engine.apply(diff(2_500, 1_000, bids, asks), 1)
    signals += engine.apply(diff(4_500, 2_500, [(99.0, 3.0)], []), 2)
    assert engine.contradictions == 1
    told = [s.close_reason for s in signals if isinstance(s, LargeOrderEvent)][-1:]
    assert told == ["book_reset"]
    assert [valid for valid, _ in books(signals)] == [True, False]
    assert all(reason in (why or "") for valid, why in books(signals) if not valid)

    engine = MarketEngine.load(engine.dump(), SETTINGS)
    engine.apply(Trades(**HEAD, watermark=9_000, trades=[]), 0)
    healed = engine.apply(snapshot(5_500), 3) + engine.apply(diff(6_600, 5_500, [], []), 4)
    assert books(healed) == [(True, None)]
    assert engine.contradictions == 1


def test_a_snapshot_that_is_crossed_gives_no_book() -> None:
    engine = MarketEngine("v", "AAA", EngineSettings())
    engine.apply(Trades(**HEAD, watermark=9_000, trades=[]), 0)
    engine.apply(snapshot(1_000, bids=[(103.0, 1.0)]), 0)
    signals = engine.apply(diff(2_500, 1_000, [], []), 1)
    assert books(signals) == [(False, "contradiction: crossed: bid 103.0, ask 101.0")]
