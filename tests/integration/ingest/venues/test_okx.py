"""OKX v5 swaps, held to real frames; the checksum of 2022 proves the book."""

import gzip
import json
import zlib
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest

from ingest.errors import FrameError
from ingest.venues.events import DepthUpdate, Ticker, TradeRun
from ingest.venues.okx.sequence import OkxSequence
from ingest.venues.okx.swap import OkxSwap
from ingest.venues.parsed import Ignored, Notice, Reply
from ingest.venues.registry import venue_of
from schemas.instrument import Instrument, MarketKind
from schemas.market import BookReset, DepthDiff, DepthSnapshot, ResetReason, TakerSide, Trades
from schemas.settings import IngestSettings
from tests.support.markets.captures import (
    OKX_2022,
    OKX_ANSWERS,
    OKX_FRAMES,
    OKX_INSTRUMENTS,
    OKX_SPOT_BOOK,
)
from tests.support.markets.one_feed import OneFeed

VENUE = OkxSwap(IngestSettings(venue="okx_swap"))
SWAP = "BTC-USDT-SWAP"
UNITS = Instrument(
    venue="okx_swap",
    symbol=SWAP,
    base="BTC",
    quote="USDT",
    kind=MarketKind.LINEAR,
    contract_size=0.01,
    lot=0.01,
)

needs_frames = pytest.mark.skipif(not OKX_2022.exists(), reason="the frames are not here")


def frame(channel: str, data: Any, symbol: str = SWAP, **fields: Any) -> bytes:
    argument = {"channel": channel, "instId": symbol}
    return json.dumps({"arg": argument, **fields, "data": [data]}).encode()


def book(action: str, number: int, before: int, time: int, symbol: str = SWAP) -> bytes:
    sides = {"asks": [["11", "3", "0", "1"]], "bids": [["10", "5", "0", "2"]]}
    ids = {"seqId": number, "prevSeqId": before, "checksum": 0}
    return frame("books", sides | ids | {"ts": str(time)}, symbol, action=action)


def kept_alive(number: int, time: int) -> bytes:
    data = {"asks": [], "bids": [], "ts": str(time), "seqId": number, "prevSeqId": number}
    return frame("books", data, action="update")


def test_the_settings_name_the_venue_and_its_addresses() -> None:
    settings = IngestSettings(venue="okx_swap")
    venue = venue_of(settings)
    (route,) = venue.routes
    assert route.url == "wss://ws.okx.com/ws/v5/public"
    assert route.streams(SWAP)[:2] == (f"books:{SWAP}", f"trades:{SWAP}")
    assert venue.symbol_of(f"books:{SWAP}") == SWAP
    assert venue.max_streams // len(route.kinds) == 29
    assert json.loads(venue.subscription([f"books:{SWAP}"], 7)) == {
        "op": "subscribe",
        "id": "7",
        "args": [{"channel": "books", "instId": SWAP}],
    }
    request = venue.depth_request(SWAP)
    assert request is not None
    assert request.params == {"instId": SWAP, "sz": "400"}
    assert (settings.weight_per_minute, settings.weight_window_s) == (40, 2.0)


def test_answers_notices_and_the_text_that_keeps_the_connection_open() -> None:
    argument = {"channel": "books", "instId": SWAP}
    accepted = json.dumps({"event": "subscribe", "arg": argument, "connId": "x"}).encode()
    assert VENUE.parse(accepted).event == Reply(None, "", f"books:{SWAP}")
    assert VENUE.stream_in(accepted) == ""
    refused = b'{"event":"error","code":"60018","msg":"Wrong channel","connId":"x","id":"3"}'
    assert VENUE.parse(refused).event == Reply(3, "Wrong channel (code 60018)")
    notice = b'{"event":"notice","code":"64008","msg":"upgrade soon","connId":"x"}'
    assert VENUE.parse(notice).event == Notice("upgrade soon (code 64008)")
    assert VENUE.parse(b"pong").event == Ignored("pong")


def test_a_trade_tells_how_many_fills_it_stands_for() -> None:
    data = {"instId": SWAP, "tradeId": "9", "px": "10", "sz": "3", "side": "sell", "ts": "7"}
    run = VENUE.parse(frame("trades", data | {"count": "4", "source": "1"})).event
    assert isinstance(run, TradeRun)
    (update,) = run.trades
    assert update.trade == (9, 7, 10.0, 3.0, TakerSide.SELL)
    assert (update.ids, update.beside_book) == (4, True)


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b"ping",
        book("partial", 8, 7, 1),
        book("update", -1, 7, 1),
        book("update", 8, 7, 0),
        frame("books", {"asks": [["1", "2"]], "bids": [], "ts": "1", "seqId": 1}, action="update"),
        frame("trades", {"instId": SWAP, "tradeId": "9", "px": "10", "sz": "0", "ts": "7"}),
        frame("mark-price", {"instId": SWAP, "markPx": "-1", "ts": "5"}),
        frame("funding-rate", {"instId": SWAP, "fundingRate": "inf", "ts": "5"}),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(FrameError, match=r"."):
        VENUE.parse(raw)


def test_the_chain_goes_on_over_jumps_silences_and_a_maintenance() -> None:
    one = OneFeed(VENUE, SWAP, UNITS)
    one.take([book("snapshot", 10, -1, 100), book("update", 15, 10, 200), kept_alive(15, 300)])
    one.take([book("update", 3, 15, 400), book("update", 5, 3, 500)])
    counts = one.feed.depth.counts
    assert (counts.applied, counts.gaps) == (4, 0)
    one.take([book("update", 9, 7, 600)])
    assert (counts.applied, counts.gaps) == (4, 1)
    assert one.feed.depth.wants_snapshot
    one.take([book("snapshot", 20, -1, 700), book("update", 21, 20, 800)])
    reasons = [record.reason for record in one.records if isinstance(record, BookReset)]
    assert reasons == [ResetReason.START, ResetReason.GAP]
    assert counts.applied == 5


def test_a_rest_snapshot_serves_where_the_channel_sends_none() -> None:
    one = OneFeed(VENUE, SWAP, UNITS)
    one.take([book("update", 12, 10, 100), book("update", 15, 12, 200)])
    assert one.feed.depth.wants_snapshot
    sides = {"asks": [["11", "3", "0", "1"]], "bids": [["10", "5", "0", "2"]]}
    answer = {"code": "0", "msg": "", "data": [sides | {"ts": "150", "seqId": 12}]}
    raw = json.dumps(answer, separators=(",", ":")).encode()
    assert VENUE.is_depth_answer(raw)
    one.feed.on_snapshot(VENUE.parse_snapshot(raw, SWAP), 9, 9.0)
    assert [type(record) for record in one.records] == [BookReset, DepthSnapshot, DepthDiff]
    snapshot = one.records[1]
    assert isinstance(snapshot, DepthSnapshot)
    assert (snapshot.bids, snapshot.asks) == ([(10.0, 0.05)], [(11.0, 0.03)])


@pytest.mark.parametrize(
    ("before", "number", "stale", "bridges"),
    [(7, 10, True, False), (9, 11, False, True), (10, 12, False, True), (11, 12, False, False)],
)
def test_which_updates_belong_to_a_snapshot_with_id_10(
    before: int, number: int, stale: bool, bridges: bool
) -> None:
    rule, update = OkxSequence(), DepthUpdate(SWAP, 1, before + 1, number, before, [], [])
    assert (rule.is_stale(10, update), rule.bridges(10, update)) == (stale, bridges)


def test_a_missing_trade_shows_by_the_count() -> None:
    one = OneFeed(VENUE, SWAP, UNITS)
    data = {"instId": SWAP, "px": "10", "sz": "3", "side": "sell"}
    for number, count, time in ((9, 1, 5), (12, 3, 6), (14, 1, 9)):
        fields = {"tradeId": str(number), "count": str(count), "ts": str(time)}
        one.take([frame("trades", data | fields)])
    one.feed.flush(0.0)
    packs = [record for record in one.records if isinstance(record, Trades)]
    assert [trade.trade_id for pack in packs for trade in pack.trades] == [9, 12, 14]
    assert one.feed.trades.unsound_ranges == 1


def text(number: float) -> str:
    return f"{Decimal(repr(number)).normalize():f}"


def checksum(bids: dict[float, float], asks: dict[float, float]) -> int:
    """Return the venue's checksum of the best 25 levels a side.

    Source: https://www.okx.com/docs-v5/en/ (Checksum).
    """
    sides = sorted(bids.items(), reverse=True)[:25], sorted(asks.items())[:25]
    parts = [
        f"{text(price)}:{text(qty)}"
        for place in range(25)
        for price, qty in (side[place] for side in sides if place < len(side))
    ]
    crc = zlib.crc32(":".join(parts).encode())
    return crc - 2**32 if crc >= 2**31 else crc


INVERSE = {"BTC-USD-220527": 100.0, "UNI-USD-SWAP": 10.0}


@pytest.mark.capture
@needs_frames
def test_the_checksum_of_every_book_frame_of_2022_is_that_of_our_book() -> None:
    feeds: dict[str, OneFeed] = {}
    numbers: Counter[str] = Counter()
    books: defaultdict[str, tuple[dict[float, float], dict[float, float]]] = defaultdict(
        lambda: ({}, {})
    )
    equal = 0
    for line in gzip.decompress(OKX_2022.read_bytes()).splitlines():
        _, _, raw = line.partition(b": ")
        if b'"channel":"books"' not in raw or b'"data"' not in raw:
            continue
        document = json.loads(raw)
        symbol, (entry,) = document["arg"]["instId"], document["data"]
        # There were no sequence ids yet; the checksum proves the order instead.
        entry |= {"seqId": numbers[symbol] + 1, "prevSeqId": numbers[symbol] or -1}
        numbers[symbol] += 1
        units = None
        if size := INVERSE.get(symbol):
            told = {"venue": "okx_swap", "symbol": symbol, "base": "B", "quote": "USD"}
            units = Instrument(**told, kind=MarketKind.INVERSE, contract_size=size)
        one = feeds.setdefault(symbol, OneFeed(VENUE, symbol, units))
        one.take([json.dumps(document).encode()])
        for record in one.records:
            if not isinstance(record, DepthSnapshot | DepthDiff):
                continue
            for side, levels in zip(books[symbol], (record.bids, record.asks), strict=True):
                for price, qty in levels:
                    contracts = qty if units is None else float(units.lots(qty, price))
                    side[price] = contracts
                    if not contracts:
                        del side[price]
        one.records.clear()
        equal += checksum(*books[symbol]) == entry["checksum"]
    assert equal == sum(numbers.values()) == 290
    assert all(feed.feed.depth.counts.gaps == 0 for feed in feeds.values())


@pytest.mark.capture
@needs_frames
def test_every_real_update_of_2026_follows() -> None:
    one = OneFeed(VENUE, "BTC-USDT")
    frames = [line for line in OKX_SPOT_BOOK.read_bytes().splitlines() if line]
    one.take(frames)
    counts = one.feed.depth.counts
    assert (counts.snapshots, counts.applied, counts.gaps) == (1, 6, 0)


@pytest.mark.capture
@needs_frames
def test_real_trades_precede_the_next_image_of_the_book() -> None:
    newest: dict[str, int] = {}
    times: list[tuple[str, int]] = []
    late = trades = 0
    for line in gzip.decompress(OKX_2022.read_bytes()).splitlines():
        document = json.loads(line.partition(b": ")[2] or b"{}") if b": {" in line else {}
        if "data" not in document:
            continue
        symbol, time = document["arg"]["instId"], int(document["data"][0]["ts"])
        if document["arg"]["channel"] == "trades" and symbol in newest:
            times.append((symbol, time))
        elif document["arg"]["channel"] == "books":
            late += sum(named == symbol and told > time for named, told in times)
            trades += sum(named == symbol for named, _ in times)
            times = [pair for pair in times if pair[0] != symbol]
            newest[symbol] = time
    assert (trades, late) == (71, 0)


@pytest.mark.capture
@needs_frames
def test_every_real_frame_and_answer_is_understood_or_refused_with_a_reason() -> None:
    kinds: Counter[str] = Counter()
    for raw in OKX_FRAMES.read_bytes().splitlines():
        kinds[type(VENUE.parse(raw).event).__name__] += 1
    assert kinds == {"Ignored": 6, "Ticker": 4, "TradeRun": 1}
    answer = (OKX_ANSWERS / "http_get_instruments_swap.json").read_bytes()
    inverse = VENUE.parse_symbols(answer).symbols[0]
    assert inverse.instrument is not None
    assert inverse.instrument.kind is MarketKind.INVERSE
    assert (inverse.in_all, inverse.trades, inverse.instrument.contract_size) == (False, True, 100)
    funding = VENUE.parse((OKX_ANSWERS / "ws_funding_rate.json").read_bytes()).event
    assert isinstance(funding, Ticker)
    assert (funding.funding_rate, funding.next_funding_time) == (0.0001, 1_744_590_349_506)


@pytest.mark.capture
@needs_frames
def test_the_listing_of_2022_states_exact_units() -> None:
    raw = OKX_INSTRUMENTS.read_bytes().split(b": ", 1)[1]
    page = VENUE.parse_symbols(raw)
    assert page.broken == ()
    units = {one.symbol: one.instrument for one in page.symbols if one.in_all and one.trades}
    btc, shib = units["BTC-USDT-SWAP"], units["SHIB-USDT-SWAP"]
    assert btc is not None
    assert shib is not None
    assert (btc.contract_size, btc.base_qty(3, 30_000.0), btc.asset) == (0.01, 0.03, "BTC")
    assert shib.contract_size == 1_000_000
