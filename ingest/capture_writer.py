"""Writes the capture format that `ingest.capture` reads."""

import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.errors import IngestError


class CaptureWriter:
    """Writes a capture; compressed if the name ends in `.gz`."""

    def __init__(self, path: Path) -> None:
        """Create the file. Raises IngestError if it exists or cannot be created."""
        self.lines = 0
        self._flushed_lines = 0
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
        """Append a line. Raises IngestError if writing fails."""
        flat = payload.replace(b"\n", b" ").replace(b"\r", b" ")
        with self._on_disk():
            self._file.write(b"%d %b\n" % (received_ns, flat))
        self.lines += 1

    def flush(self) -> None:
        """Pass everything written so far to the operating system, so that a killed process does not
        lose it. Raises IngestError if writing fails, or the file was deleted: what is written then
        is nowhere."""
        if self._flushed_lines == self.lines:
            return
        with self._on_disk():
            self._file.flush()
            if os.fstat(self._file.fileno()).st_nlink == 0:
                raise IngestError(f"capture {self._path}: was deleted while it was written")
        self._flushed_lines = self.lines

    @contextmanager
    def _on_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise IngestError(
                f"capture {self._path}: cannot be written ({error.strerror})"
            ) from None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file. Raises IngestError if writing fails."""
        with self._on_disk():
            self._file.close()
