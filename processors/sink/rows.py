"""From a record on a topic to a row of its table."""

from __future__ import annotations

import json
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from pydantic import TypeAdapter

from schemas.archive import RawHead, RawRecord
from schemas.clickhouse.tables import TABLES, Table
from schemas.kafka.value_reader import ReadValue, value_reader
from schemas.record import Record
from schemas.settings import ClickHouseSettings
from schemas.topics import ARCHIVED, STORED, Topic

Row = tuple[Any, ...]
"""Values in the order of the table's columns."""

_ARCHIVED_NAMES: Final = frozenset(topic.name for topic in ARCHIVED)
_RAW_HEAD: Final = TypeAdapter(RawHead)

ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    **{topic.name: topic.adapter for topic in STORED},
    **dict.fromkeys(_ARCHIVED_NAMES, _RAW_HEAD),
}
"""What reads a value of each topic. Of a raw record only the head is read."""
_READERS: Final[dict[str, ReadValue]] = {
    **{topic.name: value_reader(topic) for topic in STORED},
    **dict.fromkeys(_ARCHIVED_NAMES, _RAW_HEAD.validate_json),
}
"""The same, the busy ones by structs."""


def stored_topics(settings: ClickHouseSettings) -> tuple[Topic, ...]:
    """Return the topics whose records become rows under these settings."""
    return (*STORED, *ARCHIVED) if settings.archive_raw else STORED


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


def row_of(topic: str, partition: int, offset: int, value: bytes) -> tuple[str, Row]:
    """Return the view that a record of a topic belongs to and its row.

    Raises pydantic.ValidationError for a value that cannot be read, KeyError for another topic.
    """
    record = _READERS[topic](value)
    if topic in _ARCHIVED_NAMES:
        record = RawRecord(
            **dict(record), topic=topic, partition=partition, offset=offset, value=value.decode()
        )
    maker = ROW_MAKERS[type(record)]
    return maker.table.view, maker.row(record)
