"""The capture format: lines of `<local receive time, ns> <raw JSON>`, plain or gzip.

Frames are written unchanged; where quantities are contracts, a line `{"instrument":{...}}` before
them states their units; the answer to a REST depth request is written in
order of receipt, as a line without a `stream` key.
"""

import gzip
import io
import logging
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from pydantic import ValidationError

from ingest.capture_damage import damaged, is_sound_to_its_end
from ingest.errors import UNREADABLE, FrameError, IngestError
from schemas.instrument import Instrument

logger = logging.getLogger(__name__)

GZIP_MAGIC: Final = b"\x1f\x8b"
PROBED_LINES: Final = 20
"""A file whose first lines are all unreadable is not a capture."""
CLOCK_BACK_S: Final = 5
"""Largest step back of receive times taken for a clock adjustment; files joined in the wrong order
exceed it."""
NS_PER_S: Final = 1_000_000_000
UNSTAMPED: Final = "no receive time at the start of the line"
BACKWARDS: Final = "received before a line above it"
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""What some editors write before UTF-8."""
INSTRUMENT_MARK: Final = b'{"instrument":'
"""Begin of a line that states the units of a symbol, in our own format."""
_NS_BY_DIGITS: Final = {13: 1_000_000, 16: 1_000}
"""Receive times in ms and us, recognised by their number of digits (valid for 2001 to 2286)."""
_NS_DIGITS: Final = 19
"""Of a receive time in ns, until 2286."""
_FRAME_AT: Final = _NS_DIGITS + 1
_CHUNK_BYTES: Final = 1 << 18
_BEGIN: Final = b" {"
"""What follows a receive time."""
_BEGUN_AT: Final = _NS_DIGITS + len(_BEGIN)

OnCut = Callable[[Path, int], None]
"""Called with the path and the number of complete lines of a truncated file."""
IsUnused = Callable[[bytes, int], object]
"""Called with a line and the place of its frame in it; true where nobody reads such a frame."""


def cut_off(path: Path, lines: int) -> str:
    """Return the warning about a truncated capture."""
    return (
        f"capture {path}: cut off after line {lines} (recorder killed?); "
        "the complete lines before are used"
    )


def log_cut(path: Path, lines: int) -> None:
    """Log that a file is truncated."""
    logger.warning("%s", cut_off(path, lines))


def ignore_cut(_path: Path, _lines: int) -> None:
    """Report nothing: for a second pass over a file, after the first has reported."""


class CaptureLine(NamedTuple):
    """One line."""

    number: int
    """From 1."""
    received_ns: int
    """Collector's clock, ns since the epoch; the previous line's if this one has none."""
    payload: bytes
    """The frame, or the whole line where there is no receive time in front of it."""
    fault: str = ""
    """Why the line is malformed; empty if it may be a frame."""


def read_capture(path: Path, on_cut: OnCut = log_cut) -> Iterator[CaptureLine]:
    """Yield the lines of a capture; a malformed line is yielded with its fault.

    A truncated compressed file is read to its last complete line, and `on_cut` is called. Raises
    IngestError if the file is missing, not a capture, damaged (which may be known at its end only),
    or goes back in time (files joined in the wrong order).
    """
    for line in read_used(path, None, on_cut):
        # Where everything is used, no line is left out.
        assert isinstance(line, CaptureLine)
        yield line


def read_used(
    path: Path, is_unused: IsUnused | None, on_cut: OnCut = log_cut
) -> Iterator[CaptureLine | int]:
    """Yield what `read_capture` yields, but of a line that is not used its receive time alone (ns).

    `is_unused`: as `Venue.is_unused`; asked only of lines with a sound receive time that is not
    older than the newest. None: every line is used. Raises IngestError.
    """
    reading = _Reading(path)
    try:
        with _open(path) as file:
            try:
                yield from reading.lines(file, is_unused)
            except IngestError:
                if isinstance(file, gzip.GzipFile) and not is_sound_to_its_end(file):
                    raise reading.damaged() from None
                raise
    except FileNotFoundError:
        raise IngestError(f"capture {path}: no such file") from None
    except EOFError:
        if not reading.sound:
            raise IngestError(
                f"capture {path}: cut off before its first whole line; record or fetch it again"
            ) from None
        if reading.odd_line:
            raise reading.damaged() from None
        on_cut(path, reading.number)
    except (gzip.BadGzipFile, zlib.error) as error:
        raise reading.damaged(error) from None
    except OSError as error:
        raise IngestError(f"capture {path}: cannot be read ({error.strerror})") from None
    if not reading.sound:
        raise _no_capture(path)


class _Reading:
    """How far a file was read, and whether it is a capture."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.number = 0
        """Lines read."""
        self.sound = False
        """Whether any line was."""
        self.odd_line = 0
        """The first after a sound one that no recorder writes: without a receive time, or with an
        older one; 0: none."""
        self._newest_ns = 0
        self._newest_sound_ns = 0
        """Before the odd line, if there is one."""
        self._behind = 0

    def lines(
        self, file: gzip.GzipFile | io.BufferedReader, is_unused: IsUnused | None
    ) -> Iterator[CaptureLine | int]:
        """Yield as `read_used`."""
        received_ns = 0
        # Receive times of equal length are in the order of their digits.
        newest = b"0" * _NS_DIGITS
        for raw in _lines(file):
            self.number += 1
            stamp = raw[:_NS_DIGITS]
            if stamp >= newest and raw[_NS_DIGITS:_BEGUN_AT] == _BEGIN and stamp.isdigit():
                # What most lines are, without a closer look.
                newest, received_ns, self._behind = stamp, int(stamp), 0
                self._newest_ns, self.sound = received_ns, True
                if is_unused is not None and is_unused(raw, _FRAME_AT):
                    yield received_ns
                else:
                    payload = raw[_FRAME_AT:].rstrip(b"\r")
                    yield tuple.__new__(CaptureLine, (self.number, received_ns, payload, ""))
                continue
            before_ns = self._newest_ns
            line = self._in_order(_line(self.number, raw.rstrip(b"\r\n"), received_ns))
            if self.sound and not self.odd_line and line.fault in (UNSTAMPED, BACKWARDS):
                self.odd_line, self._newest_sound_ns = self.number, before_ns
            received_ns = line.received_ns
            newest = b"%019d" % self._newest_ns
            if not line.fault:
                self.sound = True
            elif not self.sound and self.number >= PROBED_LINES:
                raise _no_capture(self._path)
            yield line

    def _in_order(self, line: CaptureLine) -> CaptureLine:
        """Return a line, with a fault where it was received long before one above it."""
        back_ns = self._newest_ns - line.received_ns
        if back_ns <= CLOCK_BACK_S * NS_PER_S:
            self._behind = 0
            if back_ns < 0:
                self._newest_ns = line.received_ns
            return line
        self._behind += 1
        if self._behind == PROBED_LINES:
            raise _backwards(self._path, self.number, back_ns)
        return line._replace(fault=BACKWARDS)

    def damaged(self, error: Exception | None = None) -> IngestError:
        """Return what is told where the file turns out to be damaged; `error`: by uncompressing."""
        newest_ns = self._newest_sound_ns if self.odd_line else self._newest_ns
        return damaged(self._path, self.number, self.odd_line, newest_ns, error)


def instrument_line(instrument: Instrument) -> bytes:
    """Return the line in which a capture states the units of a symbol."""
    return b"%b%b}" % (INSTRUMENT_MARK, instrument.model_dump_json().encode())


def instrument_of(payload: bytes) -> Instrument:
    """Return the units that a line states. Raises FrameError."""
    try:
        return Instrument.model_validate(msgspec.json.decode(payload)["instrument"])
    except (*UNREADABLE, ValidationError) as error:
        raise FrameError(f"instrument: {error}") from None


def _lines(file: gzip.GzipFile | io.BufferedReader) -> Iterator[bytes]:
    """Yield whole lines without their newline, and the last one where the file ends soundly."""
    begun: list[bytes] = []
    first = file.read(len(BYTE_ORDER_MARK))
    if first != BYTE_ORDER_MARK:
        begun.append(first)
    while chunk := file.read1(_CHUNK_BYTES):
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if lines:
            begun.append(lines[0])
            lines[0] = b"".join(begun)
            begun.clear()
            yield from lines
        begun.append(rest)
    if last := b"".join(begun):
        yield last


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    with path.open("rb") as file:
        compressed = file.read(2) == GZIP_MAGIC
    if path.suffix == ".gz" and not compressed:
        raise IngestError(
            f"capture {path}: not a gzip file although its name ends in .gz; "
            "rename or fetch it again"
        )
    return gzip.open(path, "rb") if compressed else path.open("rb")


def _line(number: int, raw: bytes, last_ns: int) -> CaptureLine:
    stamp, _, payload = raw.partition(b" ")
    if not stamp.isdigit():
        return CaptureLine(number, last_ns, raw, UNSTAMPED)
    received_ns = int(stamp) * _NS_BY_DIGITS.get(len(stamp), 1) if len(stamp) < 20 else last_ns
    if not payload:
        return CaptureLine(number, received_ns, raw, "no frame after the receive time")
    if not payload.startswith(b"{"):
        return CaptureLine(number, received_ns, payload, "the frame is not a JSON object")
    return CaptureLine(number, received_ns, payload)


def _no_capture(path: Path) -> IngestError:
    return IngestError(
        f"capture {path}: not a capture; its lines must be `<receive time, ns> <JSON frame>`"
    )


def _backwards(path: Path, number: int, back_ns: int) -> IngestError:
    return IngestError(
        f"capture {path}: line {number} was received {back_ns / NS_PER_S:.0f} s before a line "
        "above it: its parts are in the wrong order or overlap; give them one by one, or join them "
        "with sort -n --stable"
    )
