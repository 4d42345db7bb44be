"""One symbol's depth, trades and the venue's clock together; the alarms of its streams."""

from ingest.feeds.symbol_feed import SymbolFeed
from ingest.ops.silence import SilenceLimit
from ingest.ops.stream_health import StreamHealth
from ingest.publish.outlet import PutResult
from ingest.venues.binance.sequence import BinanceSequence
from ingest.venues.events import BookSnapshot, DepthUpdate
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    ResetReason,
    StreamState,
    TakerSide,
    Trade,
    Trades,
)
from schemas.record import Record
from schemas.settings import IngestSettings

MOST_LEVELS = 3


class Scene:
    """A feed with a synchronised book and one trade, at 0 ms of the local clock."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.full = False
        settings = IngestSettings(heartbeat_ms=1_000, clock_margin_ms=500, pack_ms=50)
        self.feed = SymbolFeed("v", "S", BinanceSequence(), settings, self._emit)
        self.feed.on_depth(DepthUpdate("S", 10_000, 5, 6, 4, [(10.0, 1.0)], []), 1, 0.0)
        self.feed.on_snapshot(BookSnapshot("S", 10_000, 6, [(10.0, 1.0)], []), 1, 0.0)
        self.feed.on_trade(Trade(1, 10_005, 10.0, 1.0, TakerSide.BUY), 1, 0.0)

    def _emit(self, record: Record, bypass_limit: bool = False) -> PutResult:
        if self.full and not bypass_limit:
            return PutResult.NO_ROOM
        if isinstance(record, DepthDiff) and len(record.bids) > MOST_LEVELS:
            return PutResult.TOO_LARGE
        self.records.append(record)
        return PutResult.TAKEN

    def news(self) -> list[Record]:
        news = list(self.records)
        self.records.clear()
        return news


def test_a_silent_depth_stream_moves_only_with_the_proof_that_nothing_is_stuck() -> None:
    scene = Scene()
    scene.feed.tick(60.0)
    scene.news()
    scene.feed.on_clock(12_000, 2, 900.0)
    (pack,) = scene.news()
    assert isinstance(pack, Trades)
    assert (pack.watermark, pack.trades) == (11_500, [])
    scene.feed.tick(1_000.0)
    (unproved,) = scene.news()
    assert isinstance(unproved, DepthHeartbeat)
    assert unproved.event_time == 10_000
    scene.feed.on_depth_proved(12_000)
    scene.feed.tick(2_000.0)
    heartbeat = [r for r in scene.news() if isinstance(r, DepthHeartbeat)]
    assert [r.event_time for r in heartbeat] == [11_500]


def test_a_depth_stream_that_speaks_is_not_spoken_for() -> None:
    scene = Scene()
    scene.feed.on_clock(12_000, 2, 100.0)
    scene.feed.on_depth_proved(12_000)
    scene.news()
    scene.feed.on_depth(DepthUpdate("S", 10_100, 7, 8, 6, [], []), 1, 900.0)
    scene.news()
    scene.feed.tick(1_100.0)
    assert [r for r in scene.news() if isinstance(r, DepthHeartbeat)] == []


def test_while_depth_is_away_the_resets_follow_the_venues_clock() -> None:
    scene = Scene()
    scene.feed.on_clock(12_000, 2, 100.0)
    scene.feed.on_depth_lost(3, 200.0)
    scene.news()
    scene.feed.tick(1_300.0)
    resets = [r for r in scene.news() if isinstance(r, BookReset)]
    assert [r.event_time for r in resets] == [11_500]


def test_the_clock_of_a_lost_connection_says_nothing_any_more() -> None:
    scene = Scene()
    scene.feed.on_clock(12_000, 2, 100.0)
    scene.feed.on_trades_lost(200.0)
    assert scene.feed.clock_time == 0
    scene.news()
    scene.feed.tick(1_300.0)
    packs = [r for r in scene.news() if isinstance(r, Trades)]
    assert [p.watermark for p in packs] == [10_004]


def test_the_end_closes_the_second_after_the_newest_time() -> None:
    scene = Scene()
    scene.news()
    scene.feed.finish(10.0)
    pack, last, heartbeat = scene.news()
    assert isinstance(pack, Trades)
    assert isinstance(last, Trades)
    assert isinstance(heartbeat, DepthHeartbeat)
    assert (len(pack.trades), pack.watermark) == (1, 10_004)
    assert (last.watermark, heartbeat.event_time) == (11_000, 11_000)


def test_a_symbol_that_never_spoke_has_no_end() -> None:
    records: list[Record] = []

    def emit(record: Record, bypass_limit: bool = False) -> PutResult:
        records.append(record)
        return PutResult.TAKEN

    feed = SymbolFeed("v", "S", BinanceSequence(), IngestSettings(), emit)
    feed.tick(5_000.0)
    feed.finish(6_000.0)
    feed.remove(1, 7_000.0)
    assert records == []


def test_what_does_not_fit_is_declared_lost_and_the_book_starts_anew() -> None:
    scene = Scene()
    scene.news()
    scene.full = True
    scene.feed.on_depth(DepthUpdate("S", 10_100, 7, 7, 6, [(10.0, 2.0)], []), 5, 100.0)
    (reset,) = scene.news()
    assert isinstance(reset, BookReset)
    assert (reset.reason, reset.event_time, reset.received_us) == (
        ResetReason.OVERFLOW,
        10_100,
        5,
    )
    assert scene.feed.blocked
    scene.feed.on_depth(DepthUpdate("S", 10_200, 8, 8, 7, [], []), 6, 200.0)
    scene.feed.on_trade(Trade(2, 10_205, 10.0, 1.0, TakerSide.BUY), 6, 205.0)
    scene.feed.on_snapshot(BookSnapshot("S", 10_200, 8, [(10.0, 1.0)], []), 6, 210.0)
    scene.feed.on_clock(12_000, 6, 220.0)
    scene.feed.tick(5_000.0)
    assert scene.news() == []
    # The update that did not fit, the one after it; the trade of the open pack, the one after it.
    assert (scene.feed.lost_depth, scene.feed.lost_trades) == (2, 2)
    scene.full = False
    scene.feed.unblock()
    scene.feed.on_depth(DepthUpdate("S", 10_300, 9, 9, 8, [], []), 7, 5_100.0)
    assert scene.feed.depth.wants_snapshot
    scene.feed.on_snapshot(BookSnapshot("S", 10_300, 9, [(10.0, 1.0)], []), 7, 5_200.0)
    assert [type(r).__name__ for r in scene.news()] == ["DepthSnapshot", "DepthDiff"]


def test_an_update_that_is_too_large_costs_the_book_and_no_trade() -> None:
    scene = Scene()
    scene.news()
    huge = [(float(n), 1.0) for n in range(1, MOST_LEVELS + 2)]
    scene.feed.on_depth(DepthUpdate("S", 10_100, 7, 7, 6, huge, []), 5, 100.0)
    (reset,) = scene.news()
    assert isinstance(reset, BookReset)
    assert (reset.reason, reset.event_time) == (ResetReason.TOO_LARGE, 10_100)
    assert not scene.feed.blocked
    scene.feed.on_trade(Trade(2, 10_105, 10.0, 1.0, TakerSide.BUY), 6, 110.0)
    scene.feed.tick(200.0)
    (pack,) = scene.news()
    assert isinstance(pack, Trades)
    assert [trade.trade_id for trade in pack.trades] == [1, 2]
    scene.feed.on_depth(DepthUpdate("S", 10_200, 8, 8, 7, [], []), 6, 220.0)
    assert scene.feed.depth.wants_snapshot
    scene.feed.on_snapshot(BookSnapshot("S", 10_200, 8, [(10.0, 1.0)], []), 6, 230.0)
    assert [type(r) for r in scene.news()] == [DepthSnapshot, DepthDiff]
    figures = scene.feed.figures()
    assert (figures["depth_too_large"], figures["depth_records_lost"]) == (1, 1)
    assert (figures["trades_lost"], figures["buffer_overflows"]) == (0, 0)


def test_what_waits_behind_an_update_that_is_too_large_is_not_published() -> None:
    scene = Scene()
    scene.feed.on_depth_lost(2, 10.0)
    huge = [(float(n), 1.0) for n in range(1, MOST_LEVELS + 2)]
    scene.feed.on_depth(DepthUpdate("S", 10_100, 9, 9, 8, huge, []), 3, 20.0)
    scene.feed.on_depth(DepthUpdate("S", 10_200, 10, 10, 9, [], []), 4, 30.0)
    scene.news()
    scene.feed.on_snapshot(BookSnapshot("S", 10_100, 9, [(10.0, 1.0)], []), 5, 40.0)
    snapshot, reset = scene.news()
    assert isinstance(snapshot, DepthSnapshot)
    assert isinstance(reset, BookReset)
    assert reset.reason is ResetReason.TOO_LARGE
    assert not scene.feed.depth.synced
    assert scene.feed.lost_depth == 2


def test_what_the_broker_has_lost_costs_the_book_and_no_trade() -> None:
    scene = Scene()
    scene.news()
    scene.feed.on_broker_loss(7)
    (reset,) = scene.news()
    assert isinstance(reset, BookReset)
    assert (reset.reason, reset.event_time) == (ResetReason.BROKER_LOSS, 10_000)
    assert not scene.feed.blocked
    scene.feed.tick(60.0)
    (pack,) = scene.news()
    assert isinstance(pack, Trades)
    assert len(pack.trades) == 1


def test_a_book_that_a_reader_misses_is_lost_once_it_has_read_past_the_snapshot() -> None:
    scene = Scene()
    scene.news()
    snapshot_time = scene.feed.depth.book_time
    assert snapshot_time == 10_000
    assert not scene.feed.on_book_missing(snapshot_time, 7)
    assert (scene.news(), scene.feed.depth.synced) == ([], True)
    assert scene.feed.on_book_missing(snapshot_time + 1, 7)
    (reset,) = scene.news()
    assert isinstance(reset, BookReset)
    assert reset.reason is ResetReason.GAP
    # A snapshot is on its way.
    assert not scene.feed.on_book_missing(snapshot_time + 9_000, 8)
    assert scene.news() == []


def test_a_book_whose_stream_is_silent_is_given_up_only_where_trades_went_on() -> None:
    scene = Scene()
    scene.feed.tick(60.0)
    scene.news()
    scene.feed.on_depth_silent(2, 5_000.0)
    scene.feed.on_trade(Trade(2, 10_500, 10.0, 1.0, TakerSide.BUY), 2, 5_010.0)
    scene.feed.on_depth_silent(2, 5_020.0)
    assert scene.feed.depth.synced
    assert scene.news() == []
    scene.feed.on_trade(Trade(3, 10_501, 10.0, 1.0, TakerSide.BUY), 2, 5_030.0)
    scene.feed.on_depth_silent(3, 5_040.0)
    (reset,) = scene.news()
    assert isinstance(reset, BookReset)
    assert (reset.reason, reset.event_time) == (ResetReason.SILENT, 10_000)
    scene.feed.on_depth_silent(3, 6_040.0)
    assert scene.news() == []
    assert scene.feed.figures()["depth_silences"] == 1


def test_without_a_book_depth_follows_the_venues_clock_and_holds_nobody_up() -> None:
    scene = Scene()
    scene.feed.on_clock(12_000, 2, 100.0)
    scene.feed.on_trade(Trade(2, 12_000, 10.0, 1.0, TakerSide.BUY), 2, 110.0)
    scene.feed.on_depth_silent(3, 200.0)
    scene.feed.tick(250.0)
    scene.news()
    for seconds in (1, 2, 3):
        # No round trip on the depth connection ever comes back.
        scene.feed.on_clock(12_000 + seconds * 1_000, 2, 200.0 + seconds * 1_000)
        scene.feed.tick(210.0 + seconds * 1_000)
    resets = [r for r in scene.news() if isinstance(r, BookReset)]
    assert [r.event_time for r in resets] == [12_500, 13_500, 14_500]
    assert {r.reason for r in resets} == {ResetReason.SILENT}


def test_while_a_book_stands_only_a_proof_moves_a_silent_stream() -> None:
    scene = Scene()
    for seconds in (1, 2, 3):
        scene.feed.on_clock(12_000 + seconds * 1_000, 2, seconds * 1_000.0)
        scene.feed.tick(10.0 + seconds * 1_000)
    beats = [r for r in scene.news() if isinstance(r, DepthHeartbeat)]
    assert {r.event_time for r in beats} == {10_000}


def test_a_removed_symbol_leaves_its_open_trades_and_the_end_of_its_book() -> None:
    scene = Scene()
    scene.news()
    scene.feed.remove(9, 20.0)
    pack, reset = scene.news()
    assert isinstance(pack, Trades)
    assert len(pack.trades) == 1
    assert isinstance(reset, BookReset)
    assert reset.reason is ResetReason.REMOVED


def new_health() -> StreamHealth:
    return StreamHealth(SilenceLimit(1_000.0, 100.0, 20_000.0))


def test_a_stream_is_silent_after_its_time_and_up_with_the_next_frame() -> None:
    health = new_health()
    assert health.check(5_000.0) is None
    health.opened(5_000.0)
    assert health.check(5_999.0) is None
    silent = health.check(6_000.0)
    assert silent is not None
    assert silent.state is StreamState.SILENT
    assert health.check(7_000.0) is None
    up = health.frame(7_000.0)
    assert up is not None
    assert up.state is StreamState.UP
    assert health.frame(7_001.0) is None


def test_a_depth_stream_is_up_only_with_its_book() -> None:
    health = new_health()
    changes = [
        health.frame(0.0, usable=False),
        health.frame(1.0, usable=False),
        health.frame(2.0),
        health.gap("pu 3"),
        health.frame(3.0, usable=False),
        health.resync("asked"),
        health.frame(4.0),
        health.down("closed"),
        health.check(9_000.0),
    ]
    assert [change.state.value for change in changes if change is not None] == [
        "resync",
        "up",
        "gap",
        "resync",
        "up",
        "down",
    ]
