"""Frames that nobody reads are passed over: what is left, and when, is as if they were read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.settings import VenueName
from tests.support.ingesting.tape import SECONDS, START_MS, Line, records, tape

TICKER = {"u": 1, "s": "ETHUSDT", "b": "2500", "B": "1", "a": "2500.01", "A": "1"}


def ticker(received_ms: int, stated_ms: int, *, passed_over: bool) -> Line:
    """A book ticker as the venue sends it, or one that only the parser recognises."""
    known = {"e": "bookTicker", **TICKER, "T": stated_ms}
    data = known if passed_over else {"s": "ETHUSDT", **known}
    stream = "ethusdt@bookTicker"
    # A venue that tells it by the stream alone has it recognised there.
    return received_ms, {"stream": stream, "data": data} if passed_over else {
        "data": data,
        "stream": stream,
    }


@settings(max_examples=settings().max_examples // 4)
@pytest.mark.parametrize("venue", ["binance_usdm", "binance_spot"])
@given(
    offset_ms=st.sampled_from([0, -1_270, 3_600_000]),
    places=st.lists(st.integers(0, SECONDS * 1_000), min_size=30, max_size=300),
    pause=st.integers(0, 110),
)
def test_records_are_the_same(
    venue: VenueName, offset_ms: int, places: list[int], pause: int
) -> None:
    lines = tape(venue, offset_ms)
    # A stretch in which nothing else is sent: packs and heartbeats fall due by the tickers.
    lines = lines[: len(lines) // 2] + lines[len(lines) // 2 + pause :]

    def told(passed_over: bool) -> list[str]:
        tickers = [
            ticker(START_MS + ms + offset_ms, START_MS + ms, passed_over=passed_over)
            for ms in places
        ]
        every = sorted([*lines, *tickers], key=lambda line: line[0])
        return [record.model_dump_json() for record in records(venue, every)]

    assert told(passed_over=True) == told(passed_over=False)
