"""How a tape lies in its file.

`<8 bytes: number of records>`, then blocks of `<4 bytes: length><LZ4 frame of a msgpack array>`,
numbers little-endian: the names of the markets, then records. A record is an array of its type's
number and its fields, levels as `PackedLevels` has them. An empty block is the last one, so a file
that was cut off is noticed; frames have checksums, so one that was changed is too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final, Union, get_args

import msgspec
from pydantic import BaseModel

from compose.errors import UserError
from processors.engine.book.sides.packed import PackedLevels
from schemas.control import DeadLetter
from schemas.market import Level, MarketRecord
from schemas.record import Record

TapeRecord = MarketRecord | DeadLetter
LevelsAs = Callable[[bytes], Sequence[Level]]
COUNT: Final = struct.Struct("<Q")
LENGTH: Final = struct.Struct("<I")


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

encode: Final = msgspec.msgpack.Encoder().encode
decode_names: Final = msgspec.msgpack.Decoder(list[str]).decode
decode_taped: Final = msgspec.msgpack.Decoder(list[Union[tuple(_BUILDER_OF)]]).decode  # type: ignore[misc]  # noqa: UP007


def is_taped(record: object) -> bool:
    """Tell whether tapes hold records of this kind."""
    return type(record) in _LAYOUT_OF


def taped(record: Any) -> msgspec.Struct:
    """Return a record as a tape has it."""
    layout = _LAYOUT_OF[type(record)]
    packed = {name: PackedLevels.pack(getattr(record, name)).data for name in _LEVELS_OF[layout]}
    return layout(**{**record.__dict__, **packed})


def untaped(one: msgspec.Struct, levels_as: LevelsAs) -> TapeRecord:
    """Return the record of which a tape has `one`. Raises ValueError where its levels are none."""
    layout = type(one)
    fields = msgspec.structs.asdict(one)
    for name in _LEVELS_OF[layout]:
        fields[name] = levels_as(fields[name])
    record: TapeRecord = _BUILDER_OF[layout](fields)
    return record
