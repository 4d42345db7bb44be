"""Reading a capture: gzip of `<local receive time, ns> <raw JSON>` lines."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.exchange.errors import ExchangeError


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was captured."""

    received_ns: int
    """Receive time of the collector; that of the line before if this one states none."""
    payload: bytes


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a capture. Raises ExchangeError if the file is missing or corrupt."""
    received_ns = 0
    try:
        with gzip.open(path, "rb") as file:
            for raw in file:
                text = raw.rstrip(b"\r\n")
                if not text:
                    continue
                stamp, _, payload = text.partition(b" ")
                if stamp.isdigit() and payload:
                    received_ns = int(stamp)
                else:
                    payload = text
                yield Line(received_ns, payload)
    except FileNotFoundError:
        raise ExchangeError(
            f"capture {path}: no such file; give the path of a .gz capture"
        ) from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ExchangeError(
            f"capture {path}: not a complete gzip file ({error}); fetch or record it again"
        ) from None
    except OSError as error:
        raise ExchangeError(f"capture {path}: cannot be read ({error.strerror})") from None
