"""What the frames of one connection prove about streams that say nothing."""

from ingest.connections.connection_clock import (
    LEARNED_TRADES,
    LEAST_MARGIN_MS,
    SAFETY,
    SLOT_MS,
    SLOTS,
    ConnectionClock,
)
from ingest.connections.connection_clocks import ConnectionClocks
from ingest.feeds.trades.waiting_depth import DEPTH_WAIT_MS
from ingest.venues.events import TradeUpdate
from schemas.market import TakerSide, Trade, Trades
from tests.unit.ingest.test_symbol_feed import Scene

MOST_MS = 400


def told(clock: ConnectionClock, time: int) -> int | None:
    """Let two symbols reach a time."""
    clock.reached("A", time)
    return clock.reached("B", time)


def test_a_time_counts_once_two_symbols_have_reached_it() -> None:
    clock = ConnectionClock(MOST_MS)
    assert clock.reached("A", 10_000) is None
    assert clock.reached("A", 12_000) is None
    assert not clock.is_known
    assert clock.reached("B", 10_100) == 10_100 - MOST_MS
    assert clock.reached("A", 99_000_000) is None, "one that is far ahead moves nobody else"
    assert clock.reached("B", 10_200) == 10_200 - MOST_MS
    assert clock.reached("C", 10_150) is None


def test_the_margin_follows_the_greatest_delay_of_the_last_minutes() -> None:
    clock = ConnectionClock(MOST_MS)
    told(clock, 10_000)
    for _ in range(LEARNED_TRADES - 1):
        clock.traded(9_990)
    assert clock.margin_ms == MOST_MS, "too few were seen"
    clock.traded(9_990)
    assert clock.margin_ms == LEAST_MARGIN_MS
    clock.traded(9_880)
    assert clock.margin_ms == SAFETY * 120
    clock.traded(9_000)
    assert clock.margin_ms == MOST_MS, "never more than was asked for"
    for slot in range(1, SLOTS + 2):
        told(clock, 10_000 + slot * SLOT_MS)
    assert clock.margin_ms == LEAST_MARGIN_MS, "it is over"


def test_a_new_connection_says_anew_what_time_it_is() -> None:
    clock = ConnectionClock(MOST_MS)
    told(clock, 10_000)
    clock.broken()
    assert not clock.is_known
    assert clock.reached("B", 20_000) is None
    assert clock.reached("A", 20_000) == 20_000 - MOST_MS


def test_a_quiet_symbol_is_moved_where_something_waits_for_it() -> None:
    scene = Scene()
    scene.feed.on_clock(10_050, 2, 60.0)
    scene.feed.flush(60.0)
    scene.news()
    scene.feed.on_connection_clock(10_004 + DEPTH_WAIT_MS, 3, 70.0)
    assert scene.news() == [], "no depth record waits and no second ends"
    scene.feed.on_connection_clock(11_020, 4, 80.0)
    (pack,) = scene.news()
    assert isinstance(pack, Trades)
    assert (pack.watermark, pack.trades, pack.received_us) == (11_020, [], 4)


def test_a_symbol_that_has_not_spoken_since_its_connection_was_opened_is_not_spoken_for() -> None:
    scene = Scene()
    scene.feed.flush(60.0)
    scene.news()
    scene.feed.on_connection_clock(12_000, 3, 70.0)
    assert scene.news() == []
    scene.feed.on_clock(12_000, 2, 80.0)
    scene.feed.on_trades_lost(90.0)
    scene.news()
    scene.feed.on_connection_clock(13_000, 3, 100.0)
    assert scene.news() == []


def test_its_own_time_moves_a_symbol_where_the_connection_does_not() -> None:
    scene = Scene()
    scene.feed.flush(60.0)
    scene.news()
    scene.feed.on_clock(11_500, 2, 70.0, least_ms=1_000)
    assert scene.news() == [], "it would move by 996 ms"
    scene.feed.on_clock(11_504, 2, 80.0, least_ms=1_000)
    assert [r.watermark for r in scene.news() if isinstance(r, Trades)] == [11_004]


def test_what_a_connection_repeats_when_it_takes_over_says_nothing_of_delays() -> None:
    clocks = ConnectionClocks(MOST_MS)
    told(clocks.of("trades-0"), 10_000)
    late = TradeUpdate("A", Trade(1, 8_000, 1.0, 1.0, TakerSide.BUY), 1, False)
    for _ in range(LEARNED_TRADES):
        clocks.told("trades-0", late, is_repeated=True)
    assert clocks.of("trades-0").margin_ms == MOST_MS, "nothing was learned"
    prompt = TradeUpdate("A", Trade(2, 9_990, 1.0, 1.0, TakerSide.BUY), 1, False)
    for _ in range(LEARNED_TRADES):
        clocks.told("trades-0", prompt)
    assert clocks.of("trades-0").margin_ms == LEAST_MARGIN_MS
    clocks.told("trades-0", late, is_repeated=True)
    assert clocks.of("trades-0").margin_ms == LEAST_MARGIN_MS
    clocks.told("trades-0", late)
    assert clocks.of("trades-0").margin_ms == MOST_MS
