"""The best prices as the venue itself told them in a capture."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ingest.capture import read_capture
from ingest.venues.base import Venue
from ingest.venues.events import TopOfBook
from schemas.market import DepthDiff, DepthSnapshot

Best = tuple[float, float, float, float]
"""Best bid and its quantity, best ask and its quantity."""


def tickers_of(capture: Path, venue: Venue) -> list[TopOfBook]:
    """Return every ticker of a capture of one symbol, in the order of their update ids."""
    found: list[TopOfBook] = []
    for line in read_capture(capture):
        if b"bookTicker" in line.payload[:64]:
            event = venue.parse(line.payload).event
            assert isinstance(event, TopOfBook)
            found.append(event)
    ids = [ticker.update_id for ticker in found]
    assert ids == sorted(ids)
    return found


def bests_beside(
    records: Iterable[Any], tickers: list[TopOfBook]
) -> Iterator[tuple[Best, Best | None]]:
    """Yield, after every update of the book, its best levels and those of the newest ticker that
    is not newer; None where there is none yet. A book that is crossed fails the test.
    """
    ids = [ticker.update_id for ticker in tickers]
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    for record in records:
        if not isinstance(record, DepthSnapshot | DepthDiff):
            continue
        for side, levels in ((bids, record.bids), (asks, record.asks)):
            for price, qty in levels:
                if qty:
                    side[price] = qty
                else:
                    side.pop(price, None)
        if isinstance(record, DepthSnapshot):
            continue
        bid, ask = max(bids), min(asks)
        assert bid < ask
        place = bisect_right(ids, record.last_update_id) - 1
        told = tickers[place] if place >= 0 else None
        yield (
            (bid, bids[bid], ask, asks[ask]),
            told and (told.bid, told.bid_qty, told.ask, told.ask_qty),
        )
