"""No bytes of a venue whose books come on the stream raise anything but FrameError, or become a
record that is not valid."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FrameError
from ingest.venues.base import Venue
from ingest.venues.events import Ticker
from ingest.venues.parsed import ParsedFrame
from ingest.venues.registry import venue_of
from schemas.instrument import Instrument, MarketKind, named_instrument
from schemas.market import OpenInterest, Trades, depth_adapter
from schemas.settings import IngestSettings
from tests.property.fuzz.mutations import hostile_json, read_or_refused
from tests.support.markets.one_feed import OneFeed

BYBIT = venue_of(IngestSettings(venue="bybit_linear"))
OKX = venue_of(IngestSettings(venue="okx_swap"))
TIME = 1_760_000_000_000

LEVELS = {"b": [["1.5", "2"]], "a": [["1.6", "2"]]}
FILL = {"T": TIME, "s": "A", "S": "Buy", "v": "2", "p": "1.5", "i": "0cbf2330-952d-5d03-a462"}
FIGURES = {"symbol": "A", "openInterest": "5", "markPrice": "1.5", "fundingRate": "0.1"}
BYBIT_FRAMES: list[Any] = [
    {"topic": f"{topic}.A", "type": kind, "ts": TIME, "cts": TIME, "data": data}
    for topic, kind, data in (
        ("orderbook.1000", "snapshot", {"s": "A", **LEVELS, "u": 5, "seq": 7}),
        ("orderbook.1000", "delta", {"s": "A", **LEVELS, "u": 6, "seq": 8}),
        ("publicTrade", "snapshot", [FILL | {"seq": 7, "BT": False, "RPI": True}]),
        ("tickers", "delta", FIGURES | {"nextFundingTime": str(TIME)}),
    )
]
BYBIT_FRAMES.append({"success": True, "ret_msg": "", "req_id": "1", "op": "subscribe"})
ENTRY = {
    "symbol": "A",
    "status": "Trading",
    "contractType": "LinearPerpetual",
    "baseCoin": "A",
    "quoteCoin": "USDT",
    "priceFilter": {"tickSize": "0.1"},
    "lotSizeFilter": {"qtyStep": "0.1"},
}
BYBIT_LISTING = {"retCode": 0, "result": {"list": [ENTRY, ENTRY], "nextPageCursor": "x"}}

SIDES = {"asks": [["1.6", "2", "0", "1"]], "bids": [["1.5", "2", "0", "1"]], "ts": str(TIME)}
TOLD = {"instId": "A", "ts": str(TIME)}
TRADE = TOLD | {"tradeId": "9", "px": "1.5", "sz": "2", "side": "buy", "count": "2"}
OKX_FRAMES: list[Any] = [
    {"arg": {"channel": channel, "instId": "A"}, "action": action, "data": [data]}
    for channel, action, data in (
        ("books", "snapshot", SIDES | {"seqId": 5, "prevSeqId": -1}),
        ("books", "update", SIDES | {"seqId": 6, "prevSeqId": 5}),
        ("trades", "", TRADE),
        ("open-interest", "", TOLD | {"oi": "5", "oiCcy": "5"}),
        ("mark-price", "", TOLD | {"markPx": "1.5"}),
        ("funding-rate", "", TOLD | {"fundingRate": "0.1", "fundingTime": str(TIME)}),
    )
]
OKX_FRAMES.append({"event": "error", "code": "60018", "msg": "no", "id": "3"})
OKX_BOOK = {"code": "0", "msg": "", "data": [SIDES | {"seqId": 5}]}
SWAP = {
    "instId": "A-USDT-SWAP",
    "state": "live",
    "ctType": "linear",
    "ctVal": "0.01",
    "ctMult": "1",
    "ctValCcy": "A",
    "settleCcy": "USDT",
    "tickSz": "0.1",
    "lotSz": "1",
}
OKX_LISTING = {"code": "0", "data": [SWAP, SWAP]}


def check(venue: Venue, parsed: ParsedFrame) -> None:
    """What was understood becomes valid records."""
    event = parsed.event
    symbol = getattr(event, "symbol", "")
    if not symbol or isinstance(event, Ticker):
        return
    units = named_instrument("v", symbol, MarketKind.LINEAR)
    one = OneFeed(venue, symbol, units)
    one.take_event(event, 1)
    one.feed.flush(0.0)
    for record in one.records:
        text = record.model_dump_json()
        if isinstance(record, Trades):
            assert Trades.model_validate_json(text) == record
        elif isinstance(record, OpenInterest):
            assert OpenInterest.model_validate_json(text) == record
        else:
            assert depth_adapter.validate_json(text) == record


@pytest.mark.parametrize(
    ("venue", "frames"), [(BYBIT, BYBIT_FRAMES), (OKX, OKX_FRAMES)], ids=["bybit", "okx"]
)
@given(data=st.data())
def test_frames(venue: Venue, frames: list[Any], data: st.DataObject) -> None:
    raw = data.draw(st.binary(max_size=200) | hostile_json(*frames))
    venue.stream_in(raw)
    venue.is_depth_answer(raw)
    with read_or_refused(FrameError):
        check(venue, venue.parse(raw))


@pytest.mark.parametrize(
    ("venue", "listing"), [(BYBIT, BYBIT_LISTING), (OKX, OKX_LISTING)], ids=["bybit", "okx"]
)
@given(data=st.data())
def test_listings(venue: Venue, listing: Any, data: st.DataObject) -> None:
    with read_or_refused(FrameError):
        page = venue.parse_symbols(data.draw(st.binary(max_size=200) | hostile_json(listing)))
        for one in page.symbols:
            assert one.instrument is not None
            assert Instrument.model_validate(one.instrument.model_dump()) == one.instrument


@given(st.binary(max_size=200) | hostile_json(OKX_BOOK))
def test_snapshots(raw: bytes) -> None:
    with read_or_refused(FrameError):
        OKX.parse_snapshot(raw, "A")
