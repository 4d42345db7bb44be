"""Binance spot: the same machinery with another sequence rule, held to a real capture."""

import json
from itertools import pairwise
from typing import Any

import pytest

from ingest.capture import read_capture
from ingest.errors import FrameError
from ingest.offline import market_records
from ingest.venues.binance.sequence import SpotSequence
from ingest.venues.binance.spot import BinanceSpot
from ingest.venues.events import BookSnapshot, DepthUpdate, TopOfBook, TradeUpdate
from ingest.venues.listing import Listed
from ingest.venues.parsed import Ignored, Reply
from ingest.venues.registry import venue_of
from schemas.control import DeadLetter
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    ResetReason,
    TakerSide,
    Trade,
    Trades,
)
from schemas.settings import IngestSettings, Settings
from tests.support.ingesting.tickers import bests_beside, tickers_of
from tests.support.markets.captures import SPOT_CAPTURE as CAPTURE

SETTINGS = Settings(ingest=IngestSettings(venue="binance_spot"))
VENUE = BinanceSpot(SETTINGS.ingest)
DEPTH = {
    "e": "depthUpdate",
    "E": 12,
    "s": "BTCUSDT",
    "U": 5,
    "u": 7,
    "b": [["61737.63000000", "0.00000000"]],
    "a": [],
}

needs_capture = pytest.mark.skipif(not CAPTURE.exists(), reason="the capture is not here")


def frame(data: dict[str, Any], stream: str = "btcusdt@depth@100ms") -> bytes:
    return json.dumps({"stream": stream, "data": data}).encode()


def test_the_settings_name_the_venue_and_its_addresses() -> None:
    assert isinstance(venue_of(SETTINGS.ingest), BinanceSpot)
    (route,) = VENUE.routes
    assert route.url == "wss://stream.binance.com:9443/stream"
    assert (route.kinds, route.carries_depth, route.carries_trades) == (
        ("depth@100ms", "aggTrade"),
        True,
        True,
    )
    assert SETTINGS.ingest.rest_url == "https://api.binance.com"
    own = IngestSettings(venue="binance_spot", rest_url="http://h:1")
    assert own.rest_url == "http://h:1"


@pytest.mark.parametrize(
    ("wanted", "weight"), [(None, 250), (5_000, 250), (1_000, 50), (500, 25), (100, 5)]
)
def test_a_snapshot_costs_what_the_venue_says(wanted: int | None, weight: int) -> None:
    settings = IngestSettings(venue="binance_spot", snapshot_limit=wanted)
    request = BinanceSpot(settings).depth_request("BTCUSDT")
    assert (request.path, request.weight) == ("/api/v3/depth", weight)
    assert request.params["limit"] == str(wanted or 5_000)


def test_frames_read_as_the_venue_documents_them() -> None:
    update = DepthUpdate("BTCUSDT", 12, 5, 7, 4, [(61737.63, 0.0)], [])
    assert VENUE.parse(frame(DEPTH)).event == update
    trade = {"e": "aggTrade", "E": 9, "s": "X", "a": 3, "p": "2", "q": "1", "T": 8, "m": True}
    expected = TradeUpdate("X", Trade(3, 8, 2.0, 1.0, TakerSide.SELL))
    assert VENUE.parse(frame(trade, "x@aggTrade")).event == expected
    ticker = {"u": 3, "s": "X", "b": "1", "B": "2", "a": "3", "A": "4"}
    top = TopOfBook("X", 0, 3, 1.0, 2.0, 3.0, 4.0)
    assert VENUE.parse(frame(ticker, "x@bookTicker")).event == top
    assert VENUE.parse(frame({"e": "kline"}, "x@kline_1m")).event == Ignored("kline")
    assert VENUE.parse(b'{"result":null,"id":3}').event == Reply(3, "")
    with pytest.raises(FrameError):
        VENUE.parse(frame(DEPTH | {"U": 8}))
    with pytest.raises(FrameError):
        VENUE.parse(frame({"u": 3}, "x@bookTicker"))


def test_there_is_no_open_interest_and_all_means_the_pairs_in_usdt() -> None:
    assert VENUE.interest_request("BTCUSDT") is None
    symbols = [
        {"symbol": "A", "status": "TRADING", "quoteAsset": "USDT"},
        {"symbol": "B", "status": "TRADING", "quoteAsset": "BTC"},
        {"symbol": "C", "status": "BREAK", "quoteAsset": "USDT"},
    ]
    page = VENUE.parse_symbols(json.dumps({"symbols": symbols}).encode())
    assert tuple(one._replace(instrument=None) for one in page.symbols) == (
        Listed("A", "TRADING", True),
        Listed("B", "TRADING", False),
        Listed("C", "BREAK", True),
    )
    answer = b'{"lastUpdateId":7,"bids":[["1.5","2"]],"asks":[]}'
    assert VENUE.parse_snapshot(answer, "A") == BookSnapshot("A", 0, 7, [(1.5, 2.0)], [])


def update(first: int, last: int) -> DepthUpdate:
    return DepthUpdate("BTCUSDT", 1, first, last, first - 1, [], [])


@pytest.mark.parametrize(
    ("numbers", "stale", "bridges"),
    [
        ((90, 99), True, False),
        ((90, 100), True, False),
        ((100, 110), False, True),
        ((101, 110), False, True),
        ((102, 110), False, False),
    ],
)
def test_which_updates_belong_to_a_snapshot_with_id_100(
    numbers: tuple[int, int], stale: bool, bridges: bool
) -> None:
    rule = SpotSequence()
    assert rule.is_stale(100, update(*numbers)) is stale
    assert rule.bridges(100, update(*numbers)) is bridges
    assert rule.follows(100, update(*numbers)) is (numbers[0] == 101)


@needs_capture
@pytest.mark.capture
def test_every_frame_of_the_capture_is_accounted_for() -> None:
    records = list(market_records(CAPTURE, SETTINGS))
    assert not any(isinstance(record, DeadLetter) for record in records)
    kinds = (BookReset, DepthSnapshot, DepthDiff, DepthHeartbeat)
    depth = [record for record in records if isinstance(record, kinds)]
    first, second, *rest = depth
    assert isinstance(first, BookReset)
    assert first.reason is ResetReason.START
    assert isinstance(second, DepthSnapshot)
    diffs = [record for record in rest if isinstance(record, DepthDiff)]
    others = [record for record in rest if not isinstance(record, DepthDiff)]
    assert {type(record) for record in others} == {DepthHeartbeat}
    assert all(b.first_update_id == a.last_update_id + 1 for a, b in pairwise(diffs))
    assert all(a.event_time <= b.event_time for a, b in pairwise(depth))
    trades = [trade for record in records if isinstance(record, Trades) for trade in record.trades]
    assert len(trades) == 9_757
    packs = [record for record in records if isinstance(record, Trades)]
    for before, after in pairwise(packs):
        assert all(trade.event_time > before.watermark for trade in after.trades)
    # Each update is published, or was in the snapshot already.
    assert len(diffs) + sum(1 for _ in stale_updates(second.last_update_id)) == 3_451


def stale_updates(snapshot_id: int) -> list[DepthUpdate]:
    rule = SpotSequence()
    return [
        event
        for line in read_capture(CAPTURE)
        if b"@depth" in line.payload[:64]
        and isinstance(event := VENUE.parse(line.payload).event, DepthUpdate)
        and rule.is_stale(snapshot_id, event)
    ]


@needs_capture
@pytest.mark.capture
def test_the_best_prices_are_those_of_the_ticker_wherever_the_two_can_be_compared() -> None:
    tickers = tickers_of(CAPTURE, VENUE)
    pairs = [
        (mine, theirs)
        for mine, theirs in bests_beside(market_records(CAPTURE, SETTINGS), tickers)
        if theirs is not None
    ]
    assert len(pairs) > 3_400
    assert [pair for pair in pairs if pair[0] != pair[1]] == []
