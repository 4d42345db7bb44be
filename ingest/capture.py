"""The capture format: lines of `<local receive time, ns> <raw JSON>`, plain or gzip.

A frame of a combined stream is written as it came; the answer to a REST depth request stands, as a
line without a `stream` key, where it was received.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from ingest.errors import UNREADABLE, IngestError

GZIP_MAGIC = b"\x1f\x8b"
PROBED_LINES = 20
"""A file without one sound line among its first ones is no capture."""


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """One line."""

    number: int
    """From 1."""
    received_ns: int
    """Collector's clock, nanoseconds since the epoch; of the line before if it states none."""
    payload: bytes
    """The frame, or the whole line where there is no receive time in front of it."""
    fault: str = ""
    """Why the line cannot be a frame; empty if it may be one."""


class _StreamOf(msgspec.Struct):
    stream: str = ""


_stream_of = msgspec.json.Decoder(_StreamOf)


def read_capture(path: Path) -> Iterator[CaptureLine]:
    """Yield the lines of a capture; a broken line is yielded with its fault.

    Raises IngestError if the file is missing, is no capture or ends within its compression.
    """
    sound = False
    received_ns = 0
    number = 0
    try:
        with _open(path) as file:
            for number, raw in enumerate(file, 1):
                line = _line(number, raw.rstrip(b"\r\n"), received_ns)
                received_ns = line.received_ns
                sound = sound or not line.fault
                if not sound and number >= PROBED_LINES:
                    raise _no_capture(path)
                yield line
    except FileNotFoundError:
        raise IngestError(f"capture {path}: no such file") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise IngestError(
            f"capture {path}: damaged after line {number} ({error}); fetch or record it again"
        ) from None
    except OSError as error:
        raise IngestError(f"capture {path}: cannot be read ({error.strerror})") from None
    if not sound:
        raise _no_capture(path)


def capture_symbols(path: Path) -> tuple[str, ...]:
    """Return the symbols of a capture, in alphabetical order. Raises IngestError."""
    streams: set[str] = set()
    for line in read_capture(path):
        if line.fault:
            continue
        try:
            streams.add(_stream_of.decode(line.payload).stream)
        except UNREADABLE:
            # A broken line is the reader's to report when the capture is processed.
            continue
    return tuple(sorted({name.partition("@")[0].upper() for name in streams if "@" in name}))


class CaptureWriter:
    """Writes a capture; `.gz` at the end of the name chooses compression."""

    def __init__(self, path: Path) -> None:
        """Create the file. Raises IngestError if it exists or cannot be made."""
        self.lines = 0
        self._path = path
        try:
            self._file: gzip.GzipFile | io.BufferedWriter = (
                gzip.open(path, "xb") if path.suffix == ".gz" else path.open("xb")  # noqa: SIM115
            )
        except FileExistsError:
            raise IngestError(f"capture {path}: exists already; choose another name") from None
        except OSError as error:
            raise IngestError(f"capture {path}: cannot be written ({error.strerror})") from None

    def write(self, received_ns: int, payload: bytes) -> None:
        """Append a line. Raises IngestError when the disk refuses it."""
        flat = payload.replace(b"\n", b" ").replace(b"\r", b" ")
        try:
            self._file.write(b"%d %b\n" % (received_ns, flat))
        except OSError as error:
            raise IngestError(
                f"capture {self._path}: cannot be written ({error.strerror})"
            ) from None
        self.lines += 1

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file."""
        self._file.close()


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    with path.open("rb") as file:
        compressed = file.read(2) == GZIP_MAGIC
    if path.suffix == ".gz" and not compressed:
        raise IngestError(f"capture {path}: not a gzip file, whatever its name says")
    return gzip.open(path, "rb") if compressed else path.open("rb")


def _line(number: int, raw: bytes, last_ns: int) -> CaptureLine:
    stamp, _, payload = raw.partition(b" ")
    if not stamp.isdigit():
        return CaptureLine(number, last_ns, raw, "no receive time at the start of the line")
    if not payload:
        return CaptureLine(number, int(stamp), raw, "no frame after the receive time")
    if not payload.startswith(b"{"):
        return CaptureLine(number, int(stamp), payload, "the frame is no JSON object")
    return CaptureLine(number, int(stamp), payload)


def _no_capture(path: Path) -> IngestError:
    return IngestError(
        f"capture {path}: not a capture; its lines must be `<receive time, ns> <JSON frame>`"
    )
