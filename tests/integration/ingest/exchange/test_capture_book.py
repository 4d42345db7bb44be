"""The playback's own book against the venue's bookTicker, on the real capture."""

import json
from bisect import bisect_right
from itertools import pairwise

import pytest

from ingest.exchange.capture.book import PlaybackBook
from ingest.exchange.capture.frames import CapturedFrame, CapturedSnapshot, parse_diff, parse_line
from ingest.exchange.capture.lines import read_lines
from ingest.exchange.dialect import USDM
from tests.support.markets.captures import CAPTURE

EVERY = 25
"""Diffs between two comparisons."""


@pytest.mark.capture
@pytest.mark.skipif(not CAPTURE.exists(), reason=f"{CAPTURE} is absent")
def test_own_book_equals_the_book_ticker() -> None:
    book = PlaybackBook()
    tickers: list[tuple[int, list[list[str]]]] = []
    states: list[tuple[int, list[list[str]]]] = []
    awaited = True
    for line in read_lines(CAPTURE):
        parsed = parse_line(line.payload, USDM)
        if isinstance(parsed, CapturedSnapshot):
            book.reset(parsed)
            awaited = False
            assert book.synced
            assert book.last_id >= parsed.last_id
        elif isinstance(parsed, CapturedFrame) and parsed.kind == "bookTicker":
            data = json.loads(parsed.data)
            tickers.append((data["u"], [[data["b"], data["B"]], [data["a"], data["A"]]]))
        elif (
            isinstance(parsed, CapturedFrame)
            and (diff := parse_diff(parsed.data, USDM)) is not None
        ):
            book.apply(diff, keep=awaited)
            if not awaited and book.diffs % EVERY == 0:
                assert book.synced
                best = json.loads(book.snapshot(5))
                states.append((best["lastUpdateId"], [best["bids"][0], best["asks"][0]]))
    assert all(before[0] <= after[0] for before, after in pairwise(tickers))
    assert len(states) > 250
    ids = [update_id for update_id, _ in tickers]
    for update_id, best in states:
        assert best == tickers[bisect_right(ids, update_id) - 1][1]
