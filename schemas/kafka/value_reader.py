"""Reads the values of the busy topics by msgspec structs that are made from their models.

A struct takes only what its model takes without converting anything, and gives the same figures.
Whatever else a value may be (an unknown field, a number in quotes, a fault) goes to the model,
which takes it or says in its own words why not. So there is one contract, the model, and two ways
to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import annotated_types
import msgspec
from pydantic import AllowInfNan
from pydantic.fields import FieldInfo

from schemas.market import AnyDepth, OpenInterest, Trades
from schemas.record import Record
from schemas.signals import BookMetrics, FlowBar, LargeOrderEvent
from schemas.topics import BOOK, DEPTH, FLOW, LARGE_ORDERS, OPEN_INTEREST, TRADES, Topic

ReadValue: TypeAlias = Callable[[bytes], Any]
"""Reads the JSON bytes of a value; raises pydantic.ValidationError."""
TAG: Final = "kind"
"""Field that tells the models of a topic apart."""
BUSY: Final[dict[str, tuple[type[Record], ...]]] = {
    DEPTH.name: get_args(AnyDepth),
    TRADES.name: (Trades,),
    OPEN_INTEREST.name: (OpenInterest,),
    LARGE_ORDERS.name: (LargeOrderEvent,),
    BOOK.name: (BookMetrics,),
    FLOW.name: (FlowBar,),
}
"""The models of the topics that most records are on."""
PLAIN: Final = (int, float, str, bool, NoneType)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def value_reader(topic: Topic) -> ReadValue:
    """Return what reads a value of a topic, as its adapter does."""
    models = BUSY.get(topic.name)
    by_model: ReadValue = topic.adapter.validate_json
    return by_model if models is None else _by_structs(models, by_model)


def _by_structs(models: tuple[type[Record], ...], by_model: ReadValue) -> ReadValue:
    is_tagged = len(models) > 1
    structs = {struct_of(model, tagged=is_tagged): model for model in models}
    decode = msgspec.json.Decoder(reduce(or_, structs)).decode
    taken = {
        struct: (model.trusted, _with_tag(model) if is_tagged else msgspec.structs.asdict)
        for struct, model in structs.items()
    }

    def read(value: bytes) -> Record:
        try:
            found = decode(value)
        except _UNREADABLE:
            record: Record = by_model(value)
            return record
        trusted, fields_of = taken[type(found)]
        return trusted(fields_of(found))

    return read


def _with_tag(model: type[Record]) -> Callable[[msgspec.Struct], dict[str, Any]]:
    """Return what gives the fields of a struct of the model in its order, the tag in its place."""
    names, tag = tuple(model.model_fields), model.model_fields[TAG].default
    place, values_of = names.index(TAG), msgspec.structs.astuple

    def fields_of(found: msgspec.Struct) -> dict[str, Any]:
        values = values_of(found)
        return dict(zip(names, (*values[:place], tag, *values[place:]), strict=True))

    return fields_of


def struct_of(model: type[Record], *, tagged: bool = False) -> type[msgspec.Struct]:
    """Return the struct that takes the values of a model which need no conversion.

    `tagged`: its field `kind` tells it from others. Raises TypeError where the model asks for
    something that a struct could not.
    """
    decorators = model.__pydantic_decorators__
    if decorators.field_validators or decorators.model_validators or decorators.validators:
        raise TypeError(f"{model.__name__} has validators; only the model itself can read it")
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, field in model.model_fields.items():
        if tagged and name == TAG:
            continue
        kind = _kind(Annotated[field.annotation, field])
        if field.is_required():
            fields.append((name, kind))
        else:
            fields.append((name, kind, _default(field)))
    tag: dict[str, Any] = (
        {"tag_field": TAG, "tag": model.model_fields[TAG].default} if tagged else {}
    )
    return msgspec.defstruct(
        f"{model.__name__}Struct",
        fields,
        forbid_unknown_fields=True,
        kw_only=True,
        frozen=True,
        gc=False,
        **tag,
    )


def _default(field: FieldInfo) -> Any:
    made: Any = field.default_factory
    if made is None:
        return msgspec.field(default=field.default)
    return msgspec.field(default_factory=made)


def _kind(kind: Any) -> Any:
    """Return the kind of a field as msgspec reads it. Raises TypeError for one that it would read
    otherwise than pydantic."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        base, bounds = _kind(inner[0]), _bounds(inner[1:])
        return Annotated[base, msgspec.Meta(**bounds)] if bounds else base
    if origin in (Union, UnionType):
        return reduce(or_, map(_kind, inner))
    if origin is Literal or kind is Any:
        return kind
    if origin in (list, tuple, dict):
        return origin[tuple(one if one is Ellipsis else _kind(one) for one in inner)]
    if kind in PLAIN or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return kind
    if isinstance(kind, type) and issubclass(kind, tuple):
        hints = get_type_hints(kind, include_extras=True).values()
        if all(get_origin(_kind(hint)) is not Annotated for hint in hints):
            return kind
    raise TypeError(f"{kind} is read by its model alone")


def _bounds(stated: Iterable[Any]) -> dict[str, Any]:
    """Return what is stated beside a type. That a number is finite need not be asked: JSON has no
    other for msgspec."""
    bounds: dict[str, Any] = {}
    for one in stated:
        if isinstance(one, FieldInfo):
            bounds |= _bounds(one.metadata)
        elif isinstance(one, annotated_types.Gt):
            bounds["gt"] = one.gt
        elif isinstance(one, annotated_types.Lt):
            bounds["lt"] = one.lt
        elif not isinstance(one, AllowInfNan):
            raise TypeError(f"{one!r} is checked by its model alone")
    return bounds
