"""Bybit v5 linear, held to real frames."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from ingest.errors import FrameError
from ingest.feeds.book_window import BookWindow
from ingest.venues.bybit.linear import BybitLinear
from ingest.venues.events import BookSnapshot, DepthUpdate, Ticker, TradeRun
from ingest.venues.parsed import Ignored, Reply
from ingest.venues.registry import venue_of
from schemas.market import BookReset, DepthDiff, DepthSnapshot, ResetReason, TakerSide, Trades
from schemas.settings import IngestSettings
from tests.support.markets.captures import (
    BYBIT_ANSWERS,
    BYBIT_BOOK,
    BYBIT_FRAMES,
    BYBIT_SPOT_BOOK,
)
from tests.support.markets.one_feed import OneFeed

VENUE = BybitLinear(IngestSettings(venue="bybit_linear"))
BOOK = {"s": "BTCUSDT", "b": [["10", "1"]], "a": [["11", "2"]], "u": 7, "seq": 9}
LEVELS: Final = ([["10", "1"]], [["11", "1"]])
FILL = {"T": 5, "s": "BTCUSDT", "S": "Buy", "v": "0.5", "p": "11", "i": "0cbf2330-952d-5d03"}


def frame(topic: str, data: Any, **fields: Any) -> bytes:
    return json.dumps({"topic": topic, "ts": 20, "data": data, **fields}).encode()


def book(kind: str, update_id: int, bids: Any = (), asks: Any = (), time: int = 19) -> bytes:
    data = BOOK | {"u": update_id, "b": list(bids), "a": list(asks)}
    return frame("orderbook.200.BTCUSDT", data, type=kind, cts=time)


def test_the_settings_name_the_venue_and_its_addresses() -> None:
    settings = IngestSettings(venue="bybit_linear", snapshot_limit=200)
    venue = venue_of(settings)
    (route,) = venue.routes
    assert route.url == "wss://stream.bybit.com/v5/public/linear"
    assert route.streams("BTCUSDT") == (
        "orderbook.200.BTCUSDT",
        "publicTrade.BTCUSDT",
        "tickers.BTCUSDT",
    )
    assert venue.depth_stream("BTCUSDT") == "orderbook.200.BTCUSDT"
    assert venue.symbol_of("publicTrade.BTCUSDT") == "BTCUSDT"
    assert json.loads(venue.subscription(["tickers.A"], 7)) == {
        "op": "subscribe",
        "req_id": "7",
        "args": ["tickers.A"],
    }
    assert (settings.weight_per_minute, settings.weight_window_s) == (600, 5.0)


def test_depth_reads_with_the_time_of_the_matching_engine() -> None:
    image = VENUE.parse(frame("orderbook.200.BTCUSDT", BOOK, type="snapshot", cts=19))
    assert image.event == BookSnapshot("BTCUSDT", 19, 7, [(10.0, 1.0)], [(11.0, 2.0)])
    assert (image.stream, image.stated_time) == ("orderbook.200.BTCUSDT", 20)
    delta = VENUE.parse(book("delta", 8, asks=[["11", "0"]])).event
    assert delta == DepthUpdate("BTCUSDT", 19, 8, 8, 7, [], [(11.0, 0.0)])


def test_block_trades_are_left_out_and_those_beside_the_book_are_marked() -> None:
    fills = [FILL | {"seq": 3}, FILL | {"seq": 3, "RPI": True}, FILL | {"seq": 4, "BT": True}]
    run = VENUE.parse(frame("publicTrade.BTCUSDT", fills)).event
    assert isinstance(run, TradeRun)
    first, second = run.trades
    assert (first.trade.trade_id, second.trade.trade_id) == (3 * 4_096, 3 * 4_096 + 1)
    assert (first.beside_book, second.beside_book) == (False, True)
    assert first.trade[1:] == (5, 11.0, 0.5, TakerSide.BUY)
    blocks = VENUE.parse(frame("publicTrade.BTCUSDT", [FILL | {"BT": True}])).event
    assert blocks == Ignored("no trade of the book")


def test_answers_tell_whether_a_request_was_accepted() -> None:
    accepted = {"success": True, "ret_msg": "", "req_id": "7", "op": "subscribe"}
    assert VENUE.parse(json.dumps(accepted).encode()).event == Reply(7, "")
    refused = {"success": False, "ret_msg": "Invalid topic", "op": "subscribe"}
    assert VENUE.parse(json.dumps(refused).encode()).event == Reply(None, "Invalid topic")
    pong = {"success": True, "ret_msg": "pong", "conn_id": "x", "op": "ping"}
    assert VENUE.parse(json.dumps(pong).encode()).event == Ignored("pong")


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b"[]",
        book("delta", -1),
        book("whole", 8),
        frame("orderbook.200.BTCUSDT", BOOK, type="delta", ts=0),
        frame("publicTrade.BTCUSDT", [FILL | {"S": "Both", "seq": 1}]),
        frame("publicTrade.BTCUSDT", [FILL | {"v": "0"}]),
        frame("publicTrade.BTCUSDT", [FILL | {"seq": 1, "T": 1_700_000_000}], ts=1_700_000_000_000),
        frame("orderbook.200.BTCUSDT", BOOK, type="delta", ts=1_700_000_000_000, cts=1_700_000_000),
        frame("publicTrade.BTCUSDT", [FILL | {"seq": 1}, FILL | {"seq": 2, "s": "ETHUSDT"}]),
        frame("publicTrade.BTCUSDT", [FILL | {"i": "not a UUID at all"}]),
        frame("tickers.BTCUSDT", {"symbol": "BTCUSDT", "fundingRate": "nan"}),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(FrameError, match=r"."):
        VENUE.parse(raw)


def test_a_restart_and_a_hole_end_the_book_and_the_next_snapshot_begins_it() -> None:
    one = OneFeed(VENUE, "BTCUSDT")
    one.take([book("delta", 3), book("snapshot", 7, *LEVELS), book("delta", 8)])
    one.take([book("snapshot", 1, *LEVELS, time=30), book("delta", 2, time=31)])
    one.take([book("delta", 4, time=32)])
    assert one.feed.depth.wants_snapshot
    one.take([book("delta", 5, time=33), book("snapshot", 9, *LEVELS, time=40)])
    assert [type(record) for record in one.records] == [
        BookReset,
        DepthSnapshot,
        DepthDiff,
        BookReset,
        DepthSnapshot,
        DepthDiff,
        BookReset,
        DepthSnapshot,
    ]
    reasons = [record.reason for record in one.records if isinstance(record, BookReset)]
    assert reasons == [ResetReason.START, ResetReason.RESTART, ResetReason.GAP]
    assert one.feed.depth.counts.gaps == 1


def test_what_two_connections_both_deliver_counts_once() -> None:
    one = OneFeed(VENUE, "BTCUSDT")
    frames = [book("snapshot", 7, *LEVELS), book("delta", 8, time=20), book("delta", 9, time=21)]
    one.take(frames)
    one.take(frames)
    assert [type(record) for record in one.records] == [
        BookReset,
        DepthSnapshot,
        DepthDiff,
        DepthDiff,
    ]
    assert one.feed.depth.counts.stale_dropped == 3


def lines(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines() if line]


@pytest.mark.capture
@pytest.mark.skipif(not BYBIT_BOOK.exists(), reason="the frames are not here")
@pytest.mark.parametrize(
    ("path", "symbol", "diffs"),
    [(BYBIT_BOOK, "XRPUSDT", 49), (BYBIT_SPOT_BOOK, "BTCUSDT", 8)],
    ids=["500 levels", "50 levels"],
)
def test_every_real_delta_follows(path: Path, symbol: str, diffs: int) -> None:
    one = OneFeed(VENUE, symbol)
    one.take(lines(path))
    counts = one.feed.depth.counts
    assert (counts.applied, counts.gaps, counts.snapshots) == (diffs, 0, 1)
    assert (counts.contradictions, counts.stale_dropped) == (0, 0)


@pytest.mark.capture
@pytest.mark.skipif(not BYBIT_FRAMES.exists(), reason="the frames are not here")
def test_every_real_frame_and_answer_is_understood() -> None:
    kinds: dict[str, int] = {}
    for raw in lines(BYBIT_FRAMES):
        parsed = VENUE.parse(raw)
        assert VENUE.stream_in(raw) == parsed.stream
        kinds[type(parsed.event).__name__] = kinds.get(type(parsed.event).__name__, 0) + 1
    assert kinds == {"TradeRun": 2, "BookSnapshot": 2, "DepthUpdate": 3, "Ticker": 5, "Ignored": 4}
    page = VENUE.parse_symbols((BYBIT_ANSWERS / "http_get_instruments_linear.json").read_bytes())
    assert [(one.symbol, one.trades, one.in_all) for one in page.symbols] == [
        ("BTCUSDT", True, True),
        ("ETHUSDT", True, True),
    ]
    first = page.symbols[0].instrument
    assert first is not None
    assert (first.tick, first.lot, first.asset, first.counts_base) == (0.5, 0.001, "BTC", True)
    answer = (BYBIT_ANSWERS / "http_get_orderbook.json").read_bytes()
    assert VENUE.parse_snapshot(answer).last_id == 1_234_567
    ticker = VENUE.parse((BYBIT_ANSWERS / "ws_ticker_linear.json").read_bytes()).event
    assert isinstance(ticker, Ticker)
    assert ticker.mark_price == 17_217.33
    with pytest.raises(FrameError, match="refused by them \\(code 10006\\)"):
        VENUE.parse_symbols(b'{"retCode":10006,"retMsg":"refused by them","result":{}}')


@pytest.mark.capture
@pytest.mark.skipif(not BYBIT_BOOK.exists(), reason="the frames are not here")
def test_half_of_the_deletions_at_the_edge_of_a_real_window_are_no_cancels() -> None:
    window, held, told = BookWindow(500), 0, 0
    for raw in lines(BYBIT_BOOK):
        event = VENUE.parse(raw).event
        if isinstance(event, BookSnapshot):
            window.load(event.bids, event.asks)
            continue
        assert isinstance(event, DepthUpdate)
        before = {price for price, qty in (*event.bids, *event.asks) if not qty}
        bids, asks = window.apply(event.bids, event.asks)
        after = {price for price, qty in (*bids, *asks) if not qty}
        held += len(before - after)
        told += len(before & after)
    assert (held, told) == (9, 9)


def test_trades_without_gapless_ids_are_never_called_missing() -> None:
    one = OneFeed(VENUE, "BTCUSDT")
    runs = [
        frame("publicTrade.BTCUSDT", [FILL | {"seq": seq, "T": time}])
        for seq, time in ((3, 5), (900, 6), (900, 6), (901, 7))
    ]
    one.take(runs)
    one.feed.flush(0.0)
    packs = [record for record in one.records if isinstance(record, Trades)]
    assert [len(pack.trades) for pack in packs] == [3]
    assert packs[0].unsound_from is None
    assert one.feed.trades.repeated == 1
