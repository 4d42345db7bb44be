"""Records become rows in column order, and every stored topic has a place to go."""

import json

import pytest

from processors.sink.rows import ADAPTERS, ROW_MAKERS, stored_topics
from schemas.clickhouse.tables import TABLES
from schemas.record import Record
from schemas.settings import ClickHouseSettings
from schemas.topics import ALL_TOPICS, TOPIC_OF_SIGNAL
from tests.support.markets.records import as_bytes, one_of_each


@pytest.mark.parametrize(("topic", "record"), one_of_each(), ids=lambda value: str(value)[:24])
def test_a_row_holds_every_field_in_order(topic: str, record: Record) -> None:
    read = ADAPTERS[topic].validate_json(as_bytes(record))
    assert read == record
    maker = ROW_MAKERS[type(read)]
    row = maker.row(read)
    dumped = record.model_dump(mode="python")
    assert tuple(dumped) == maker.table.columns
    for name, value in zip(maker.table.columns, row, strict=True):
        if isinstance(dumped[name], dict):
            assert json.loads(value) == dumped[name]
            assert " " not in value
        else:
            assert value == dumped[name]


def test_every_signal_topic_is_stored() -> None:
    assert {topic.name for topic in TOPIC_OF_SIGNAL.values()} <= set(ADAPTERS)
    assert set(stored_topics(ClickHouseSettings())) <= set(ALL_TOPICS)
    assert {table.model for table in TABLES} == set(ROW_MAKERS)
