"""Reading a capture for playing it."""

from collections.abc import Iterator
from pathlib import Path

from ingest.capture import CaptureLine, read_capture
from ingest.errors import IngestError
from ingest.exchange.errors import ExchangeError


def read_lines(path: Path) -> Iterator[CaptureLine]:
    """Yield the lines of a capture. Raises ExchangeError if the file is missing or corrupt."""
    try:
        yield from read_capture(path)
    except IngestError as error:
        raise ExchangeError(str(error)) from None
