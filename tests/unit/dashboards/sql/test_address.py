"""The address that the pages name for clients of ClickHouse."""

from __future__ import annotations

import pytest

from dashboards.sql.address import sql_address
from schemas.settings import ClickHouseSettings, Settings, SqlSettings


@pytest.mark.parametrize(
    ("clickhouse", "sql", "address"),
    [
        ({"url": "chdb:/data"}, {"port": 18_123}, "http://127.0.0.1:18123/?database=wallwatch"),
        ({"url": "chdb:/data"}, {"port": 0}, None),
        ({"url": "chdb:/data"}, {"port": 18_123, "enabled": False}, None),
        ({"url": "http://ch:8123"}, {"port": 0}, "http://ch:8123/?database=wallwatch"),
        (
            {"url": "https://me:secret@ch:8443/path", "user": "a b", "password": "secret"},
            {},
            "https://ch:8443/path?database=wallwatch&user=a+b",
        ),
    ],
)
def test_the_address(clickhouse: dict[str, str], sql: dict[str, int], address: str | None) -> None:
    store = ClickHouseSettings.model_validate({"database": "wallwatch", **clickhouse})
    settings = Settings(clickhouse=store, sql=SqlSettings.model_validate(sql))
    assert sql_address(settings) == address
