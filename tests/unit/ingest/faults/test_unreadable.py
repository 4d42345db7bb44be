"""Bytes that make decoders fail in every way they can are faults of the bytes, not of ingest."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.errors import FrameError
from ingest.kept_lines import capture_symbols
from ingest.venues.base import Venue
from ingest.venues.binance.spot import BinanceSpot
from ingest.venues.binance.usdm import BinanceUsdm
from schemas.settings import IngestSettings

NESTED = b'{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","x":' + b"[" * 100_000
NESTED_EVENT = NESTED + b"]" * 100_000 + b"}}"
BYTES = (
    NESTED,
    NESTED_EVENT,
    b"[" * 100_000,
    b'{"x":' * 100_000,
    b"\xff{",
    b"",
    b"null",
    b'{"a":1',
)


def readers(venue: Venue) -> list[Callable[[bytes], object]]:
    return [venue.parse, venue.parse_snapshot, venue.parse_interest, venue.parse_symbols]


@pytest.mark.parametrize("raw", BYTES, ids=range(len(BYTES)))
@pytest.mark.parametrize("venue", [BinanceUsdm, BinanceSpot])
def test_unreadable_bytes_are_a_frame_error(
    venue: Callable[[IngestSettings], Venue], raw: bytes
) -> None:
    for read in readers(venue(IngestSettings())):
        with pytest.raises(FrameError):
            read(raw)


def test_a_recording_with_such_a_line_still_tells_its_symbols(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(b"1 " + NESTED + b'\n2 {"stream":"ethusdt@aggTrade"}\n')
    assert capture_symbols(path) == ("ETHUSDT",)
