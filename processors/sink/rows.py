"""From a record on a topic to a row of its table."""

from __future__ import annotations

import json
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from pydantic import TypeAdapter

from schemas.clickhouse.tables import TABLES, Table
from schemas.record import Record
from schemas.topics import OPEN_INTEREST, SIGNALS, STATUS, Topic

Row = tuple[Any, ...]
"""Values in the order of the table's columns."""

SINK_TOPICS: Final[tuple[Topic, ...]] = (*SIGNALS, OPEN_INTEREST, STATUS)
"""The topics whose records become rows."""

ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {topic.name: topic.adapter for topic in SINK_TOPICS}


class RowMaker:
    """Turns the records of one model into rows of its table."""

    __slots__ = ("_fields", "_objects", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self._fields: Callable[[Record], Row] = attrgetter(*table.columns)
        fields = table.model.model_fields
        self._objects = tuple(
            index
            for index, name in enumerate(table.columns)
            if "dict[" in str(fields[name].annotation)
        )

    def row(self, record: Record) -> Row:
        """Return the row of `record`; objects become JSON text in the order they came in."""
        values = self._fields(record)
        if not self._objects:
            return values
        converted = list(values)
        for index in self._objects:
            converted[index] = json.dumps(
                converted[index], ensure_ascii=False, separators=(",", ":")
            )
        return tuple(converted)


ROW_MAKERS: Final[dict[type[Record], RowMaker]] = {table.model: RowMaker(table) for table in TABLES}
