"""The lines of a capture, which are kept once they were read where the file is not large: who asks
for its symbols first does not have it uncompressed again for its records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingest.capture import CaptureLine, log_cut, read_used
from ingest.venues.registry import venue_of
from schemas.settings import IngestSettings

MOST_KEPT_BYTES: Final = 64_000_000
"""Of the frames that are used; a larger capture is read twice."""


def capture_symbols(path: Path, settings: IngestSettings | None = None) -> tuple[str, ...]:
    """Return the symbols of a capture, in alphabetical order. Raises IngestError.

    `settings` name its venue; None: the default one.
    """
    return KeptLines(path, settings).symbols()


class KeptLines:
    """A capture file by the rules of one venue. What its reading raises is told by `read_used`."""

    def __init__(self, path: Path, settings: IngestSettings | None = None) -> None:
        """`settings` name its venue; None: the default one."""
        self._path, self._venue = path, venue_of(settings or IngestSettings())
        self._kept: list[CaptureLine | int] | None = None
        self._cut: int | None = None
        self._seen: set[bytes] = set()
        """Names whose frame was parsed once: the frames that begin with one tell nothing new."""

    def symbols(self) -> tuple[str, ...]:
        """Return the symbols of the capture, in alphabetical order. Raises IngestError."""
        venue, seen, streams = self._venue, self._seen, set[str]()
        kept: list[CaptureLine | int] | None = []
        size = 0
        for line in read_used(self._path, self._is_passed_over, self._note_cut):
            if kept is not None:
                kept.append(line)
            if isinstance(line, int):
                continue
            size += len(line.payload)
            if size > MOST_KEPT_BYTES:
                kept = None
            if line.fault or venue.stream_begun(line.payload, 0) in seen:
                # Malformed lines have no stream; they are reported when the capture is processed.
                continue
            stream = venue.stream_in(line.payload)
            streams.add(stream)
            if stream and venue.stream_begun(line.payload, 0) == stream.encode():
                seen.add(stream.encode())
        self._kept = kept
        return tuple(sorted({venue.symbol_of(name) for name in streams} - {""}))

    @property
    def is_cut_off(self) -> bool:
        """Whether the file turned out to be truncated, as far as it was read."""
        return self._cut is not None

    def used(self) -> Iterator[CaptureLine | int]:
        """Yield what `read_used` yields of the venue; a truncated file is told. Raises
        IngestError."""
        if self._kept is None:
            yield from read_used(self._path, self._venue.is_unused, self._tell_cut)
            return
        yield from self._kept
        if self._cut is not None:
            log_cut(self._path, self._cut)

    def _is_passed_over(self, raw: bytes, at: int) -> bool:
        """Tell whether a frame is not used and its stream is known already."""
        is_unused = self._venue.is_unused(raw, at)
        return bool(is_unused) and self._venue.stream_begun(raw, at) in self._seen

    def _note_cut(self, _path: Path, lines: int) -> None:
        # Told once, with the records.
        self._cut = lines

    def _tell_cut(self, path: Path, lines: int) -> None:
        self._cut = lines
        log_cut(path, lines)
