"""Reads the lines of a capture for playback."""

from collections.abc import Iterator
from pathlib import Path

from ingest.capture import CaptureLine, OnCut, ignore_cut, read_capture
from ingest.errors import IngestError
from ingest.exchange.errors import ExchangeError


def read_lines(path: Path, on_cut: OnCut = ignore_cut) -> Iterator[CaptureLine]:
    """Yield the lines of a capture. Raises ExchangeError if the file is missing or damaged."""
    try:
        yield from read_capture(path, on_cut)
    except IngestError as error:
        raise ExchangeError(str(error)) from None
