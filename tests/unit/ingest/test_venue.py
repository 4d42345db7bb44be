"""How frames of Binance USD-M read."""

import json
from typing import Any

import pytest

from ingest.errors import FrameError
from ingest.venues.binance.sequence import BinanceSequence
from ingest.venues.binance.usdm import BinanceUsdm
from ingest.venues.events import DepthUpdate, MarkPrice, SkippedTrade, TopOfBook, TradeUpdate
from ingest.venues.listing import Listed
from ingest.venues.parsed import Ignored, Reply
from schemas.market import TakerSide, Trade
from schemas.settings import IngestSettings

VENUE = BinanceUsdm(IngestSettings(websocket_url="ws://h:1/", depth_interval="0ms"))
DEPTH = {
    "e": "depthUpdate",
    "E": 12,
    "T": 11,
    "s": "BTCUSDT",
    "U": 5,
    "u": 7,
    "pu": 4,
    "b": [["58710.20", "0.014"]],
    "a": [["61496.50", "0.000"]],
}
TRADE = {
    "e": "trade",
    "E": 12,
    "T": 11,
    "s": "BTCUSDT",
    "t": 9,
    "p": "61800.30",
    "q": "0.006",
    "X": "MARKET",
    "m": False,
}
MARK = {"e": "markPriceUpdate", "E": 12, "s": "BTCUSDT", "p": "61800.1", "r": "", "T": 99}


def frame(data: dict[str, Any], stream: str = "btcusdt@x") -> bytes:
    return json.dumps({"stream": stream, "data": data}).encode()


def test_a_depth_update_is_read_with_its_transaction_time_and_unknown_fields_are_ignored() -> None:
    parsed = VENUE.parse(frame(DEPTH | {"st": 3, "ps": "BTCUSDT"}, "btcusdt@depth@100ms"))
    assert parsed.stream == "btcusdt@depth@100ms"
    assert parsed.event == DepthUpdate("BTCUSDT", 11, 5, 7, 4, [(58710.2, 0.014)], [(61496.5, 0.0)])


@pytest.mark.parametrize(("maker", "taker"), [(True, TakerSide.SELL), (False, TakerSide.BUY)])
def test_the_taker_sells_where_the_buyer_is_the_maker(maker: bool, taker: TakerSide) -> None:
    expected = TradeUpdate("BTCUSDT", Trade(9, 11, 61800.3, 0.006, taker))
    assert VENUE.parse(frame(TRADE | {"m": maker})).event == expected
    aggregated = TRADE | {"e": "aggTrade", "a": 9, "f": 1, "l": 3, "m": maker}
    del aggregated["t"]
    assert VENUE.parse(frame(aggregated)).event == expected


def test_fills_of_the_insurance_fund_are_no_trades() -> None:
    event = VENUE.parse(frame(TRADE | {"X": "NA", "p": "0", "q": "0"})).event
    assert event == SkippedTrade("BTCUSDT", 9, 11)


@pytest.mark.parametrize(("rate", "read"), [("0.0001", 0.0001), ("", None)])
def test_a_mark_price_tells_funding_and_the_venues_time(rate: str, read: float | None) -> None:
    assert VENUE.parse(frame(MARK | {"r": rate})).event == MarkPrice(
        "BTCUSDT", 12, 61800.1, read, 99
    )


def test_a_book_ticker_is_read() -> None:
    data = {"e": "bookTicker", "u": 3, "s": "BTCUSDT", "b": "1", "B": "2", "a": "3", "A": "4"}
    event = VENUE.parse(frame(data | {"T": 5, "E": 6})).event
    assert event == TopOfBook("BTCUSDT", 5, 3, 1.0, 2.0, 3.0, 4.0)


def test_a_type_of_no_use_is_ignored() -> None:
    assert VENUE.parse(frame({"e": "forceOrder", "o": {}})).event == Ignored("forceOrder")


def test_replies_tell_whether_a_request_was_accepted() -> None:
    assert VENUE.parse(b'{"result":null,"id":3}').event == Reply(3, "")
    refused = VENUE.parse(b'{"error":{"code":2,"msg":"Invalid"},"id":4}').event
    assert refused == Reply(4, "Invalid (code 2)")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        frame(MARK | {"r": "nan"}),
        frame(MARK | {"r": "x"}),
        b"{",
        b"[]",
        b"{}",
        b'{"stream":"btcusdt@depth"}',
        b'\xff{"stream":"btcusdt@depth","data":{}}',
        frame({"e": "depthUpdate", "T": 11}),
        frame(DEPTH | {"U": 8}),
        frame(DEPTH | {"T": 0}),
        frame(DEPTH | {"s": ""}),
        frame(DEPTH | {"b": [["1"]]}),
        frame(DEPTH | {"b": [["nan", "1"]]}),
        frame(DEPTH | {"b": [["inf", "1"]]}),
        frame(DEPTH | {"b": [["0", "1"]]}),
        frame(DEPTH | {"b": [["1", "-1"]]}),
        frame(DEPTH | {"b": [["one", "1"]]}),
        frame(TRADE | {"p": "0"}),
        frame(TRADE | {"q": "0"}),
        frame(DEPTH)[:-9],
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(FrameError, match=r"."):
        VENUE.parse(raw)


def test_the_routes_are_never_mixed() -> None:
    public, market = VENUE.routes
    assert (public.url, public.kinds) == ("ws://h:1/public/stream", ("depth@0ms",))
    assert (market.url, market.kinds) == ("ws://h:1/market/stream", ("aggTrade", "markPrice@1s"))
    assert (public.carries_depth, public.carries_trades) == (True, False)
    assert (market.carries_depth, market.carries_trades) == (False, True)


@pytest.mark.parametrize("method", ["SUBSCRIBE", "UNSUBSCRIBE"])
def test_a_request_names_streams_and_id(method: str) -> None:
    ask = VENUE.subscription if method == "SUBSCRIBE" else VENUE.unsubscription
    message = json.loads(ask(["a@aggTrade", "b@aggTrade"], 7))
    assert message == {"method": method, "params": ["a@aggTrade", "b@aggTrade"], "id": 7}


def test_all_includes_the_perpetuals_in_usdt_and_says_what_it_leaves_out() -> None:
    def entry(symbol: str, **fields: str | None) -> dict[str, str | None]:
        kind = {"status": "TRADING", "contractType": "PERPETUAL", "quoteAsset": "USDT"}
        return {"symbol": symbol, **kind, **fields}

    symbols = [
        entry("A"),
        entry("B", status="SETTLING"),
        entry("C", contractType="CURRENT_QUARTER"),
        entry("D", quoteAsset="USDC"),
        entry("E", contractType="TRADIFI_PERPETUAL"),
        entry("F", contractType="NEW_KIND"),
        entry("G", contractType=None),
        entry("H", status=None),
    ]
    page = VENUE.parse_symbols(json.dumps({"symbols": symbols}).encode())
    assert tuple(one._replace(instrument=None) for one in page.symbols) == (
        Listed("A", "TRADING", True),
        Listed("B", "SETTLING", True),
        Listed("C", "TRADING", False),
        Listed("D", "TRADING", False),
        Listed("E", "TRADING", True),
        Listed("F", "TRADING", False, "contract type NEW_KIND is unknown"),
        Listed("G", "TRADING", False, "contract type missing is unknown"),
        Listed("H", "", True, "it has no status"),
    )
    assert [one.symbol for one in page.symbols if one.trades] == ["A", "C", "D", "E", "F", "G"]


def test_a_broken_entry_of_the_listing_costs_itself_alone() -> None:
    sound = '{"symbol":"A","status":"TRADING","contractType":"PERPETUAL","quoteAsset":"USDT"}'
    broken = ['{"symbol":"B","status":7}', '{"symbol":3}', "null", '{"status":"TRADING"}']
    page = VENUE.parse_symbols(
        f'{{"symbols":[{broken[0]},{sound},{",".join(broken[1:])}]}}'.encode()
    )
    assert [one.symbol for one in page.symbols] == ["A"]
    assert [(entry.symbol, entry.raw.decode()) for entry in page.broken] == [
        ("B", broken[0]),
        ("", broken[1]),
        ("", broken[2]),
        ("", broken[3]),
    ]
    with pytest.raises(FrameError, match="all 1 entries"):
        VENUE.parse_symbols(f'{{"symbols":[{broken[0]}]}}'.encode())


@pytest.mark.parametrize(
    ("wanted", "limit", "weight"),
    [
        (5, "5", 2),
        (70, "100", 5),
        (500, "500", 10),
        (1000, "1000", 20),
        (5000, "1000", 20),
        (None, "1000", 20),
    ],
)
def test_a_snapshot_costs_what_the_venue_says(wanted: int | None, limit: str, weight: int) -> None:
    request = BinanceUsdm(IngestSettings(snapshot_limit=wanted)).depth_request("BTCUSDT")
    assert (request.params["limit"], request.weight) == (limit, weight)


def update(first: int, last: int, previous: int) -> DepthUpdate:
    return DepthUpdate("BTCUSDT", 1, first, last, previous, [], [])


@pytest.mark.parametrize(
    ("numbers", "stale", "bridges"),
    [
        ((90, 99, 89), True, False),
        ((90, 100, 89), False, True),
        ((100, 110, 99), False, True),
        ((95, 105, 94), False, True),
        ((103, 110, 100), False, True),
        ((101, 110, 99), False, False),
        ((103, 110, 101), False, False),
    ],
)
def test_which_updates_belong_to_a_snapshot_with_id_100(
    numbers: tuple[int, int, int], stale: bool, bridges: bool
) -> None:
    rule = BinanceSequence()
    assert rule.is_stale(100, update(*numbers)) is stale
    assert rule.bridges(100, update(*numbers)) is bridges
