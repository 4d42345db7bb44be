"""Writes tapes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import lz4.frame

from compose.tapes.layout import COUNT, LENGTH, TapeError, encode, is_taped, taped

BLOCK_RECORDS: Final = 256


class TapeWriter:
    """Writes a tape, which appears whole when it is finished. Left before, it is deleted."""

    def __init__(self, path: Path, markets: Sequence[str] = ()) -> None:
        """Begin the tape `path` of some markets (`venue:symbol`). Raises TapeError."""
        self._path, self._count = path, 0
        self._block: list[Any] = []
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            self._unfinished: Path | None = Path(name)
            self._file = os.fdopen(handle, "wb")
            self._file.write(COUNT.pack(0))
            self._write(list(markets))

    def add(self, record: object) -> None:
        """Add a market record or a dead letter; any other is left out. Raises TapeError."""
        if not is_taped(record):
            return
        self._count += 1
        self._block.append(taped(record))
        if len(self._block) == BLOCK_RECORDS:
            self._end_block()

    def finish(self) -> None:
        """Put the tape in its place. Raises TapeError."""
        if self._block:
            self._end_block()
        with self._told():
            self._write([])
            self._file.seek(0)
            self._file.write(COUNT.pack(self._count))
            self._file.close()
            if self._unfinished is not None:
                self._unfinished.replace(self._path)
                self._unfinished = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            # What could not be written is of no use.
            self._file.close()
        if self._unfinished is not None:
            self._unfinished.unlink(missing_ok=True)
            self._unfinished = None

    def _end_block(self) -> None:
        with self._told():
            self._write(self._block)
        self._block = []

    def _write(self, block: list[Any]) -> None:
        packed = lz4.frame.compress(encode(block), content_checksum=True)
        self._file.write(LENGTH.pack(len(packed)) + packed)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise TapeError(f"tape {self._path} cannot be written: {error.strerror}") from None


def write_tape(path: Path, records: Iterable[object], markets: Sequence[str] = ()) -> None:
    """Write a tape of `records`. What they raise is not caught, and leaves no tape. Raises
    TapeError."""
    with TapeWriter(path, markets) as tape:
        for record in records:
            tape.add(record)
        tape.finish()
