"""A tape: market records in the order in which they are applied, in one file. Reading a tape costs
a fraction of parsing the frames that it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeVar

import lz4.frame
import msgspec

from compose.tapes.layout import (
    COUNT,
    LENGTH,
    LevelsAs,
    TapeError,
    TapeRecord,
    decode_names,
    decode_taped,
    untaped,
)
from processors.engine.book.sides.packed import PackedLevels

T = TypeVar("T")


def tape_length(path: Path) -> int:
    """Return the number of records of a tape. Raises TapeError."""
    try:
        with path.open("rb") as file:
            return _count(path, file)
    except OSError as error:
        raise _unreadable(path, error) from None


def tape_markets(path: Path) -> list[str]:
    """Return the markets (`venue:symbol`) that a tape was said to be of; none for one of a log.
    Raises TapeError."""
    try:
        with path.open("rb") as file:
            _count(path, file)
            return _block(path, file, decode_names)
    except OSError as error:
        raise _unreadable(path, error) from None


def read_tape(path: Path) -> Iterator[TapeRecord]:
    """Yield the records of a tape. Raises TapeError if it is missing, damaged or cut off."""
    return _read(path, lambda data: list(PackedLevels(data)))


def engine_records(path: Path) -> Iterator[TapeRecord]:
    """Yield the records of a tape as the engine reads them fastest: their levels are still packed.
    Raises TapeError as `read_tape` does."""
    return _read(path, PackedLevels)


def _read(path: Path, levels_as: LevelsAs) -> Iterator[TapeRecord]:
    try:
        with path.open("rb") as file:
            _count(path, file)
            _block(path, file, decode_names)
            while taped := _block(path, file, decode_taped):
                try:
                    records = [untaped(one, levels_as) for one in taped]
                except ValueError:
                    raise _damaged(path) from None
                yield from records
    except OSError as error:
        raise _unreadable(path, error) from None


def _count(path: Path, file: IO[bytes]) -> int:
    (count,) = COUNT.unpack(_exactly(path, file, COUNT.size))
    return int(count)


def _block(path: Path, file: IO[bytes], decode: Callable[[bytes], list[T]]) -> list[T]:
    """Return the next block."""
    (length,) = LENGTH.unpack(_exactly(path, file, LENGTH.size))
    try:
        return decode(lz4.frame.decompress(_exactly(path, file, length)))
    except (RuntimeError, msgspec.MsgspecError):
        # The first is what lz4 raises.
        raise _damaged(path) from None


def _exactly(path: Path, file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise _damaged(path)
    return data


def _unreadable(path: Path, error: OSError) -> TapeError:
    return TapeError(f"tape {path} cannot be read: {error.strerror}")


def _damaged(path: Path) -> TapeError:
    return TapeError(f"tape {path} is damaged or cut off; delete it, and it is made anew")
