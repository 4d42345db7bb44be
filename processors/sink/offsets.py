"""Positions of the sink, kept beside the rows they belong to.

They are written after the rows. A crash in between repeats some rows, which changes nothing; the
other way round it would lose them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.driver.client import Client

from processors.sink.batch import TopicPartition

ROWS: Final = "sink_offsets_rows"
COLUMNS: Final = ("source", "topic", "partition", "next_offset", "written_us")


def read_offsets(client: Client, source: str) -> dict[TopicPartition, int]:
    """Return the first unwritten offset of every partition of `source`. Blocking."""
    found = client.query(
        "SELECT topic, partition, next_offset FROM sink_offsets WHERE source = {source:String}",
        parameters={"source": source},
    )
    return {(row[0], row[1]): row[2] for row in found.result_rows}


def column_types(client: Client) -> list[ClickHouseType]:
    """Return the types of COLUMNS, which each write would ask for otherwise. Blocking."""
    return list(client.create_insert_context(ROWS, COLUMNS).column_types)


def write_offsets(
    client: Client,
    source: str,
    next_offsets: Mapping[TopicPartition, int],
    now_us: int,
    types: Sequence[ClickHouseType],
) -> None:
    """Record that every row below `next_offsets` is stored; `types`: `column_types`. Blocking."""
    rows = [
        (source, topic, partition, next_offset, now_us)
        for (topic, partition), next_offset in sorted(next_offsets.items())
    ]
    client.insert(ROWS, rows, column_names=COLUMNS, column_types=types)
