"""The best prices as the venue itself told them in a capture."""

from pathlib import Path

from ingest.capture import read_capture
from ingest.venues.base import TopOfBook, Venue


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
