"""Signals of a run as Parquet files, with the columns of their tables in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import pyarrow as pa
import pyarrow.parquet as pq

from compose.errors import UserError
from processors.sink.rows import ROW_MAKERS, Row
from schemas.signals import LargeOrderEvent, Outcome, Signal

WRITTEN: Final[tuple[type[Signal], ...]] = (LargeOrderEvent, Outcome)
GROUP_ROWS: Final = 20_000
"""Rows that are held before they are written."""
_TYPES: Final = {int: pa.int64(), float: pa.float64(), str: pa.string(), bool: pa.bool_()}


@contextmanager
def signal_files(folder: Path) -> Iterator[Callable[[Signal], None]]:
    """Yield what takes the signals of a run; large orders and outcomes are written to
    `<table>.parquet` in `folder`. The files appear at the end, and only where nothing was raised.

    Raises UserError where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as open_files:
            files = {model: open_files.enter_context(_written(folder, model)) for model in WRITTEN}

            def take(signal: Signal) -> None:
                if (file := files.get(type(signal))) is not None:
                    file.add(ROW_MAKERS[type(signal)].row(signal))

            yield take
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror or error}") from None


def columns_of(model: type[Signal]) -> pa.Schema:
    """Return the columns of a model: integers and floats of 64 bits, names as text, objects as JSON
    text."""
    fields = [
        pa.field(name, *_type(field.annotation)) for name, field in model.model_fields.items()
    ]
    return pa.schema(fields)


class _File:
    """Collects rows and writes them in groups."""

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer, self._schema = writer, schema
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        columns = list(zip(*self._rows, strict=True)) or [()] * len(self._schema)
        arrays = [
            pa.array(values, field.type)
            for values, field in zip(columns, self._schema, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows.clear()


@contextmanager
def _written(folder: Path, model: type[Signal]) -> Iterator[_File]:
    path = folder / f"{model.table}.parquet"
    unfinished = path.with_suffix(".parquet.unfinished")
    schema = columns_of(model)
    try:
        with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
            file = _File(writer, schema)
            yield file
            file.flush()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _type(annotation: Any) -> tuple[pa.DataType, bool]:
    """Return the type of a column, and whether it may be null."""
    if get_origin(annotation) in (Union, UnionType):
        (one,) = (part for part in get_args(annotation) if part is not NoneType)
        return _type(one)[0], True
    if get_origin(annotation) is dict or (
        isinstance(annotation, type) and issubclass(annotation, Enum)
    ):
        return pa.string(), False
    return _TYPES[annotation], False
