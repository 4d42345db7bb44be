"""No bytes of a venue raise anything but FrameError, or become a record that is not valid."""

import json
import math
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FrameError
from ingest.feeds.depth_records import DepthRecords
from ingest.feeds.trades.trade_packer import TradePacker
from ingest.venues.binance.base import Binance
from ingest.venues.binance.coinm import BinanceCoinm
from ingest.venues.binance.spot import BinanceSpot
from ingest.venues.binance.usdm import BinanceUsdm
from ingest.venues.events import (
    BookSnapshot,
    DepthUpdate,
    MarkPrice,
    PolledInterest,
    TopOfBook,
    TradeUpdate,
)
from ingest.venues.listing import ListingPage
from ingest.venues.parsed import ParsedFrame, Reply
from schemas.instrument import Instrument
from schemas.market import OpenInterest, Trades, depth_adapter
from schemas.settings import IngestSettings

VENUES: tuple[Binance, ...] = tuple(
    market(IngestSettings()) for market in (BinanceUsdm, BinanceSpot, BinanceCoinm)
)
LARGEST_INT = 2**63

TIMES = {"E": 1_760_000_000_001, "T": 1_760_000_000_000}
IDS = {"U": 5, "u": 9, "pu": 4}
DEPTH = {"e": "depthUpdate", "s": "A", **TIMES, **IDS, "b": [["1.5", "2"]], "a": [["1.6", "0"]]}
TRADE = {"e": "aggTrade", "s": "A", **TIMES, "a": 7, "p": "1.5", "q": "2", "m": True}
RAW_TRADE = {**TRADE, "e": "trade", "t": 7, "X": "MARKET"}
MARK = {"e": "markPriceUpdate", "s": "A", **TIMES, "p": "1.5", "r": "0.0001"}
TICKER = {"e": "bookTicker", "s": "A", **TIMES, "u": 9, "b": "1", "B": "2", "a": "3", "A": "4"}
FRAMES: list[Any] = [
    {"stream": f"a@{name}", "data": data}
    for name, data in (
        ("depth@100ms", DEPTH),
        ("aggTrade", TRADE),
        ("trade", RAW_TRADE),
        ("markPrice@1s", MARK),
        ("bookTicker", TICKER),
    )
]
FRAMES += [{"result": None, "id": 1}, {"error": {"code": 2, "msg": "no"}, "id": 1}]
SNAPSHOT = {"lastUpdateId": 9, **TIMES, "bids": [["1.5", "2"]], "asks": [["1.6", "2"]]}
INTEREST = {"openInterest": "12.5", "time": 1_760_000_000_000, "symbol": "A"}
STEPS = [{"filterType": "PRICE_FILTER", "tickSize": "0.1"}, {"filterType": "MIN_NOTIONAL"}]
ENTRY: dict[str, Any] = {
    "symbol": "A",
    "status": "TRADING",
    "quoteAsset": "USDT",
    "contractType": "PERPETUAL",
}
ENTRY |= {"contractSize": 10, "filters": STEPS}
LISTING = {"symbols": [ENTRY, {**ENTRY, "symbol": "B"}]}

numbers = st.sampled_from(
    ["nan", "-1", "0", "1e19", "inf", "1e400", "", "0x1", "1_0", " 1", "-0.0", "1" * 400]
)
odd: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63) - 1, 10**17, 10**30, -1, 0])
    | st.floats()
    | numbers
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values in a document."""
    found = [path]
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    """Return a document with the value at a path replaced."""
    if not path:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], by)
    return copy


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> bytes:
    """Draw a sound document with some values replaced, bytes changed, or cut off."""
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(document)))
        document = replaced(document, path, draw(odd))
    text = json.dumps(document).encode("utf-8", "surrogatepass")
    how = draw(st.sampled_from(["whole", "whole", "cut", "changed", "inserted"]))
    place = draw(st.integers(0, len(text)))
    if how == "cut":
        return text[:place]
    if how == "changed":
        return text[:place] + draw(st.binary(max_size=3)) + text[place + 1 :]
    if how == "inserted":
        return text[:place] + draw(st.binary(max_size=3)) + text[place:]
    return text


def tried(parse: Callable[[bytes], Any], raw: bytes) -> Any:
    """Return what was parsed, None where it was refused as it should be."""
    try:
        return parse(raw)
    except FrameError:
        return None


def check_numbers(value: Any) -> None:
    """Every number can be stored: finite, and an integer of 64 bits."""
    if isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, int):
        assert -LARGEST_INT <= value < LARGEST_INT
    elif isinstance(value, list | tuple):
        for inner in value:
            check_numbers(inner)


def check_frame(frame: ParsedFrame | None) -> None:
    """What was understood becomes valid records."""
    if frame is None:
        return
    if not isinstance(frame.event, Reply):
        check_numbers(frame.event)
    check_numbers(frame.stated_time)
    event = frame.event
    if isinstance(event, DepthUpdate):
        assert event.symbol
        assert event.first_id <= event.last_id
        record = DepthRecords("v", event.symbol).diff(event, 1)
        assert depth_adapter.validate_json(record.model_dump_json()) == record
    elif isinstance(event, TradeUpdate):
        (pack,) = TradePacker("v", event.symbol, 0, 1_000).add(event.trade, 1, 0.0)
        assert Trades.model_validate_json(pack.model_dump_json()) == pack
    elif isinstance(event, MarkPrice):
        assert event.mark_price > 0


frames = st.one_of(st.binary(max_size=200), st.sampled_from(FRAMES).flatmap(mutated))


@given(st.sampled_from(VENUES), frames)
@settings(max_examples=6 * settings().max_examples)
def test_frames(venue: Binance, raw: bytes) -> None:
    check_frame(tried(venue.parse, raw))


@given(st.sampled_from(VENUES), frames)
@settings(max_examples=6 * settings().max_examples)
def test_a_frame_in_one_step_is_the_frame_in_two(venue: Binance, raw: bytes) -> None:
    def told(parse: Callable[[bytes], ParsedFrame]) -> ParsedFrame | tuple[str, str]:
        try:
            return parse(raw)
        except FrameError as error:
            return str(error), error.stream

    at_once = told(venue.parse)
    assert repr(at_once) == repr(told(venue.parse_in_steps))
    if venue.is_unused(raw, 0) and isinstance(at_once, ParsedFrame):
        assert isinstance(at_once.event, TopOfBook)
    if begun := venue.stream_begun(raw, 0):
        assert venue.stream_in(raw) in (begun.decode(errors="replace"), "")


@given(st.sampled_from(VENUES), st.binary(max_size=200) | mutated(SNAPSHOT))
@settings(max_examples=3 * settings().max_examples)
def test_snapshots(venue: Binance, raw: bytes) -> None:
    snapshot: BookSnapshot | None = tried(lambda text: venue.parse_snapshot(text, "A"), raw)
    if snapshot is not None:
        check_numbers(snapshot)
        record = DepthRecords("v", "A").snapshot(snapshot, 1)
        assert depth_adapter.validate_json(record.model_dump_json()) == record


@given(st.sampled_from(VENUES), st.binary(max_size=100) | mutated(INTEREST))
@settings(max_examples=3 * settings().max_examples)
def test_open_interest(venue: Binance, raw: bytes) -> None:
    answer: PolledInterest | None = tried(venue.parse_interest, raw)
    if answer is not None:
        check_numbers(answer)
        values = {"venue": "v", "symbol": "A", "received_us": 1}
        record = OpenInterest.model_validate(values | answer._asdict())
        assert OpenInterest.model_validate_json(record.model_dump_json()) == record


@given(st.sampled_from(VENUES), st.binary(max_size=200) | mutated(LISTING))
@settings(max_examples=3 * settings().max_examples)
def test_listings(venue: Binance, raw: bytes) -> None:
    page: ListingPage | None = tried(venue.parse_symbols, raw)
    if page is not None:
        assert all(one.symbol for one in page.symbols)
        assert all(entry.reason for entry in page.broken)
        for one in page.symbols:
            assert one.instrument is not None
            assert Instrument.model_validate(one.instrument.model_dump()) == one.instrument
