"""Frames, snapshots, polls, listings and captures of a venue: read, or FrameError/IngestError."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FrameError, IngestError
from ingest.offline import market_records
from ingest.venues.base import Venue
from ingest.venues.registry import venue_of
from schemas.settings import IngestSettings, Settings, VenueName
from tests.property.fuzz.mutations import damaged, hostile_json, read_or_refused
from tests.support.ingesting.tape import tape

VENUES: tuple[VenueName, ...] = ("binance_usdm", "binance_spot")
KINDS = ("depth@", "aggTrade", "markPrice")
BOOK = {"lastUpdateId": 9, "E": 1, "T": 1, "bids": [["1.0", "2.0"]], "asks": [["1.1", "2.0"]]}
INTEREST = {"openInterest": "10659.509", "symbol": "BTCUSDT", "time": 1_589_437_530_011}
FILTERS = [
    {"filterType": "PRICE_FILTER", "tickSize": "0.10"},
    {"filterType": "LOT_SIZE", "stepSize": "0.001"},
]
ENTRY = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "filters": FILTERS,
}
LISTING = {"symbols": [ENTRY, {**ENTRY, "symbol": "ETHUSDT", "status": "SETTLING"}]}


def _venue(name: VenueName) -> Venue:
    return venue_of(IngestSettings(venue=name))


def _frames(name: VenueName) -> list[dict[str, Any]]:
    frames = [frame for _, frame in tape(name, 0)]
    found = ([f for f in frames if kind in f.get("stream", "")][:1] for kind in KINDS)
    return [frame for group in found for frame in group]


@pytest.mark.parametrize("name", VENUES)
@given(data=st.data())
def test_a_frame_is_read_or_refused(name: VenueName, data: st.DataObject) -> None:
    raw = data.draw(hostile_json(*_frames(name)))
    with read_or_refused(FrameError):
        _venue(name).parse(raw)


@pytest.mark.parametrize("name", VENUES)
@given(raw=hostile_json(BOOK))
def test_a_snapshot_is_read_or_refused(name: VenueName, raw: bytes) -> None:
    with read_or_refused(FrameError):
        _venue(name).parse_snapshot(raw, "BTCUSDT")


@given(raw=hostile_json(INTEREST))
def test_a_poll_is_read_or_refused(raw: bytes) -> None:
    with read_or_refused(FrameError):
        _venue("binance_usdm").parse_interest(raw)


@pytest.mark.parametrize("name", VENUES)
@given(raw=hostile_json(LISTING))
def test_a_listing_is_read_or_refused(name: VenueName, raw: bytes) -> None:
    with read_or_refused(FrameError):
        _venue(name).parse_symbols(raw)


@pytest.mark.parametrize("name", VENUES)
@given(data=st.data())
def test_a_capture_is_read_or_refused(name: VenueName, data: st.DataObject) -> None:
    lines = [b"%d %s" % (ms * 1_000_000, json.dumps(f).encode()) for ms, f in tape(name, 0)[:60]]
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place] = data.draw(damaged(lines[place]) | hostile_json(*_frames(name)))
    raw = b"\n".join(lines)
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw)))]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "capture"
        path.write_bytes(raw)
        with read_or_refused(IngestError):
            list(market_records(path, Settings(ingest=IngestSettings(venue=name))))
