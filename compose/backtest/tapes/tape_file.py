"""A tape: market records in the order in which they are applied, in one file. Reading a tape costs
a fraction of parsing the frames that it was made from.

Layout: `<8 bytes: number of records>`, then blocks of `<4 bytes: length><deflated msgpack array of
records>`, numbers little-endian; a record is an array of its type's number and its fields, levels
as `PackedLevels` has them. An empty block is the last one, so a file that was cut off is noticed.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final, Union, get_args

import msgspec
from pydantic import BaseModel

from compose.errors import UserError
from processors.engine.book.sides.packed import PackedLevels
from schemas.control import DeadLetter
from schemas.market import Level, MarketRecord
from schemas.record import Record

TapeRecord = MarketRecord | DeadLetter
LevelsAs = Callable[[bytes], Sequence[Level]]
BLOCK_RECORDS: Final = 256
DEFLATE_LEVEL: Final = 1
_COUNT: Final = struct.Struct("<Q")
_LENGTH: Final = struct.Struct("<I")


class TapeError(UserError):
    """A tape cannot be written or read."""


def _levels_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a model that are levels."""
    fields = model.model_fields.items()
    return tuple(name for name, field in fields if field.annotation == list[Level])


def _layout(model: type[BaseModel], number: int) -> type[msgspec.Struct]:
    levels = _levels_of(model)
    fields = [
        (name, bytes if name in levels else field.annotation)
        for name, field in model.model_fields.items()
    ]
    return msgspec.defstruct(
        f"Taped{model.__name__}", fields, tag=number, array_like=True, frozen=True, gc=False
    )


def _builder(model: type[BaseModel]) -> Callable[[dict[str, Any]], Any]:
    """Return what makes a record of all its fields without a look at them."""
    return model.trusted if issubclass(model, Record) else lambda own: model.model_construct(**own)


_LAYOUT_OF: Final = {
    model: _layout(model, number) for number, model in enumerate(get_args(TapeRecord))
}
_BUILDER_OF: Final = {layout: _builder(model) for model, layout in _LAYOUT_OF.items()}
_LEVELS_OF: Final = {layout: _levels_of(model) for model, layout in _LAYOUT_OF.items()}
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(list[Union[tuple(_BUILDER_OF)]])  # type: ignore[misc]  # noqa: UP007


def write_tape(path: Path, records: Iterable[object]) -> None:
    """Write market records and dead letters (others are left out) to `path`, which appears whole or
    not at all. What `records` raises is not caught. Raises TapeError."""
    taped = (record for record in records if type(record) in _LAYOUT_OF)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_COUNT.pack(0))
                count = 0
                for first in taped:
                    block = [first, *islice(taped, BLOCK_RECORDS - 1)]
                    count += len(block)
                    _write_block(file, block)
                _write_block(file, [])
                file.seek(0)
                file.write(_COUNT.pack(count))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as error:
        raise TapeError(f"tape {path} cannot be written: {error.strerror}") from None


def tape_length(path: Path) -> int:
    """Return the number of records of a tape. Raises TapeError."""
    try:
        with path.open("rb") as file:
            return _count(path, file)
    except OSError as error:
        raise TapeError(f"tape {path} cannot be read: {error.strerror}") from None


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
            yield from chain.from_iterable(_blocks(path, file, levels_as))
    except OSError as error:
        raise TapeError(f"tape {path} cannot be read: {error.strerror}") from None


def _write_block(file: IO[bytes], records: list[Any]) -> None:
    block = zlib.compress(_encoder.encode([_taped(record) for record in records]), DEFLATE_LEVEL)
    file.write(_LENGTH.pack(len(block)) + block)


def _taped(record: Any) -> msgspec.Struct:
    layout = _LAYOUT_OF[type(record)]
    packed = {name: PackedLevels.pack(getattr(record, name)).data for name in _LEVELS_OF[layout]}
    return layout(**{**record.__dict__, **packed})


def _count(path: Path, file: IO[bytes]) -> int:
    head = file.read(_COUNT.size)
    if len(head) < _COUNT.size:
        raise _damaged(path)
    (count,) = _COUNT.unpack(head)
    return int(count)


def _blocks(path: Path, file: IO[bytes], levels_as: LevelsAs) -> Iterator[list[TapeRecord]]:
    # Uncompressed one block ahead by another core: the interpreter is not held meanwhile.
    with ThreadPoolExecutor(1, "tape") as pool:
        ahead = pool.submit(_next_block, path, file)
        while True:
            try:
                taped = _decoder.decode(ahead.result())
                if not taped:
                    return
                ahead = pool.submit(_next_block, path, file)
                records = [_record(one, levels_as) for one in taped]
            except (zlib.error, msgspec.MsgspecError, ValueError):
                raise _damaged(path) from None
            yield records


def _next_block(path: Path, file: IO[bytes]) -> bytes:
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise _damaged(path)
    (length,) = _LENGTH.unpack(head)
    return zlib.decompress(file.read(length))


def _record(taped: msgspec.Struct, levels_as: LevelsAs) -> TapeRecord:
    layout = type(taped)
    fields = msgspec.structs.asdict(taped)
    for name in _LEVELS_OF[layout]:
        fields[name] = levels_as(fields[name])
    record: TapeRecord = _BUILDER_OF[layout](fields)
    return record


def _damaged(path: Path) -> TapeError:
    return TapeError(f"tape {path} is damaged or cut off; delete it, and it is made anew")
