"""The capture format: lines of `<local receive time, ns> <raw JSON>`, plain or gzip.

A frame of a combined stream is written unchanged; the answer to a REST depth request is written in
order of receipt, as a line without a `stream` key.
"""

import gzip
import io
import logging
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from ingest.errors import UNREADABLE, IngestError

logger = logging.getLogger(__name__)

GZIP_MAGIC: Final = b"\x1f\x8b"
PROBED_LINES: Final = 20
"""A file whose first lines are all unreadable is not a capture."""
CLOCK_BACK_S: Final = 5
"""Largest step back of receive times taken for a clock adjustment; files joined in the wrong order
exceed it."""
NS_PER_S: Final = 1_000_000_000
_NS_BY_DIGITS: Final = {13: 1_000_000, 16: 1_000}
"""Receive times in ms and us, recognised by their number of digits (valid for 2001 to 2286)."""

OnCut = Callable[[Path, int], None]
"""Called with the path and the number of complete lines of a truncated file."""


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


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """One line."""

    number: int
    """From 1."""
    received_ns: int
    """Collector's clock, ns since the epoch; the previous line's if this one has none."""
    payload: bytes
    """The frame, or the whole line where there is no receive time in front of it."""
    fault: str = ""
    """Why the line is malformed; empty if it may be a frame."""


class _StreamOf(msgspec.Struct):
    stream: str = ""


_stream_of = msgspec.json.Decoder(_StreamOf)


def read_capture(path: Path, on_cut: OnCut = log_cut) -> Iterator[CaptureLine]:
    """Yield the lines of a capture; a malformed line is yielded with its fault.

    A truncated compressed file is read to its last complete line, and `on_cut` is called. Raises
    IngestError if the file is missing, not a capture, damaged, or goes back in time (files joined
    in the wrong order).
    """
    sound = False
    received_ns = newest_ns = number = behind = 0
    try:
        with _open(path) as file:
            for number, raw in enumerate(file, 1):
                line = _line(number, raw.rstrip(b"\r\n"), received_ns)
                received_ns = line.received_ns
                newest_ns = max(newest_ns, received_ns)
                if (back_ns := newest_ns - received_ns) > CLOCK_BACK_S * NS_PER_S:
                    behind += 1
                    if behind == PROBED_LINES:
                        raise _backwards(path, number, back_ns)
                    line = replace(line, fault="received before a line above it")
                else:
                    behind = 0
                sound = sound or not line.fault
                if not sound and number >= PROBED_LINES:
                    raise _no_capture(path)
                yield line
    except FileNotFoundError:
        raise IngestError(f"capture {path}: no such file") from None
    except EOFError:
        if not sound:
            raise IngestError(
                f"capture {path}: cut off before its first whole line; record or fetch it again"
            ) from None
        on_cut(path, number)
    except (gzip.BadGzipFile, zlib.error) as error:
        raise IngestError(
            f"capture {path}: damaged after line {number} ({error}); fetch or record it again, or "
            f"keep what can be read: zcat {path.name} > sound.txt"
        ) from None
    except OSError as error:
        raise IngestError(f"capture {path}: cannot be read ({error.strerror})") from None
    if not sound:
        raise _no_capture(path)


def capture_symbols(path: Path) -> tuple[str, ...]:
    """Return the symbols of a capture, in alphabetical order. Raises IngestError."""
    streams: set[str] = set()
    for line in read_capture(path, ignore_cut):
        if line.fault:
            continue
        try:
            streams.add(_stream_of.decode(line.payload).stream)
        except UNREADABLE:
            # Malformed lines are reported by the reader when the capture is processed.
            continue
    return tuple(sorted({name.partition("@")[0].upper() for name in streams if "@" in name}))


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
        return CaptureLine(number, last_ns, raw, "no receive time at the start of the line")
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
