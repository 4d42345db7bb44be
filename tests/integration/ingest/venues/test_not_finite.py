"""Numbers in frames that are none, at every venue: refused, and never a value of a record."""

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.errors import FrameError
from ingest.venues.registry import venue_of
from schemas.settings import IngestSettings, VenueName
from schemas.venues.known import FACTS
from tests.property.fuzz.test_streamed_venues import BYBIT_FRAMES, OKX_FRAMES
from tests.property.fuzz.test_venue_parsers import FRAMES as BINANCE_FRAMES

VENUES: tuple[VenueName, ...] = tuple(FACTS)
STREAMED = {"bybit_linear": BYBIT_FRAMES, "okx_swap": OKX_FRAMES, "okx_spot": OKX_FRAMES}
NOT_FINITE = ("NaN", "nan", "Infinity", "-Infinity", "inf", "1e400")
FUNDING = {
    "binance_usdm": ("markPrice@1s", ("data", "r")),
    "binance_coinm": ("markPrice@1s", ("data", "r")),
    "bybit_linear": ("tickers", ("data", "fundingRate")),
    "okx_swap": ("funding-rate", ("data", 0, "fundingRate")),
}
INTEREST = {
    "bybit_linear": ("tickers", ("data", "openInterest")),
    "okx_swap": ("open-interest", ("data", 0, "oiCcy")),
}
Way = tuple[Any, ...]


def frames_of(venue: str) -> list[Any]:
    return STREAMED.get(venue, BINANCE_FRAMES)


def ways(node: Any, way: Way = ()) -> Iterator[Way]:
    """Give the ways to all single values of a frame."""
    if not isinstance(node, dict | list):
        yield way
        return
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield from ways(value, (*way, key))


def with_value(node: Any, way: Way, value: Any) -> Any:
    if not way:
        return value
    changed: Any = dict(node) if isinstance(node, dict) else list(node)
    changed[way[0]] = with_value(changed[way[0]], way[1:], value)
    return changed


def numbers(event: Any) -> Iterator[float]:
    """Give all numbers of what was read."""
    if isinstance(event, int | float):
        yield event
    elif isinstance(event, list | tuple):
        for part in event:
            yield from numbers(part)
    elif hasattr(event, "__struct_fields__"):
        for name in event.__struct_fields__:
            yield from numbers(getattr(event, name))


def frame_with(venue: str, mark: str, way: Way, value: str) -> bytes:
    (frame,) = [one for one in frames_of(venue) if mark in json.dumps(one)][:1]
    return json.dumps(with_value(frame, way, value)).encode()


@pytest.mark.parametrize("name", VENUES)
def test_no_number_of_a_record_is_infinite_or_none(name: VenueName) -> None:
    venue = venue_of(IngestSettings(venue=name))
    refused = 0
    for frame in frames_of(name):
        for way in ways(frame):
            for text in NOT_FINITE:
                raw = json.dumps(with_value(frame, way, text)).encode()
                try:
                    event = venue.parse(raw).event
                except FrameError:
                    refused += 1
                else:
                    assert all(map(math.isfinite, numbers(event))), raw
    assert refused > 50


@pytest.mark.parametrize("name", FUNDING)
@pytest.mark.parametrize("rate", ["-1.2e-5", "-1.2E-05", "-0.000012"])
def test_funding_may_be_negative_with_an_exponent(name: VenueName, rate: str) -> None:
    event = venue_of(IngestSettings(venue=name)).parse(frame_with(name, *FUNDING[name], rate)).event
    assert getattr(event, "funding_rate", None) == -1.2e-5


@pytest.mark.parametrize("name", INTEREST)
def test_negative_open_interest_of_a_stream_is_refused(name: VenueName) -> None:
    with pytest.raises(FrameError):
        venue_of(IngestSettings(venue=name)).parse(frame_with(name, *INTEREST[name], "-5"))


@pytest.mark.parametrize("name", ["binance_usdm", "binance_coinm"])
@pytest.mark.parametrize("text", ["-5", *NOT_FINITE])
def test_open_interest_of_a_poll_that_is_no_amount_is_refused(name: VenueName, text: str) -> None:
    answer = {"openInterest": text, "time": 1_760_000_000_000, "symbol": "A", "pair": "A"}
    with pytest.raises(FrameError, match="open interest"):
        venue_of(IngestSettings(venue=name)).parse_interest(json.dumps(answer).encode())
