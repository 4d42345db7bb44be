"""Runs panel SQL as Grafana would and checks that the answer has the shape that was declared."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from clickhouse_connect.driver.client import Client

from dashboards.panels.macros import TimeRange, Variables, expand
from dashboards.panels.model import Column, Query, Type

_TYPES: Final = {
    Type.TIME: re.compile(r"DateTime(64\(\d(, 'UTC')?\))?(\('UTC'\))?"),
    Type.NUMBER: re.compile(r"U?Int\d+|Float\d+"),
    Type.TEXT: re.compile(r"String"),
    Type.BOOL: re.compile(r"Bool"),
}


def run(
    client: Client, query: Query, time_range: TimeRange, variables: Variables
) -> list[dict[str, Any]]:
    """Return the rows of a panel query after checking columns, types and the order of time."""
    result = client.query(expand(query.sql, time_range, variables))
    if not result.column_names:
        # An empty answer comes without its columns.
        return []
    assert tuple(result.column_names) == query.names
    for column, kind in zip(query.columns, result.column_types, strict=True):
        _check_type(column, kind.name)
    rows = list(result.named_results())
    if query.is_series:
        times: list[datetime] = [row["time"] for row in rows]
        assert times == sorted(times), "time does not ascend"
    return rows


def _check_type(column: Column, found: str) -> None:
    inner = found
    if found.startswith("LowCardinality("):
        inner = found.removeprefix("LowCardinality(").removesuffix(")")
    nullable = inner.startswith("Nullable(")
    if nullable:
        inner = inner.removeprefix("Nullable(").removesuffix(")")
    assert nullable <= column.nullable, f"{column.name} is {found}: nullable was not declared"
    assert _TYPES[column.type].fullmatch(inner), f"{column.name} is {found}, not a {column.type}"
