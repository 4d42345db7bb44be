"""The tables' TTL follows the settings, in process and on a server."""

from __future__ import annotations

import pytest
from clickhouse_connect.driver.client import Client

from schemas.clickhouse.connect import connect
from schemas.clickhouse.migrate import migrate
from schemas.clickhouse.retention import apply_retention
from schemas.settings import ClickHouseSettings


def _ttl(client: Client, table: str) -> str:
    statement: str = client.query(
        "SELECT create_table_query FROM system.tables "
        f"WHERE database = currentDatabase() AND name = '{table}'"
    ).result_rows[0][0]
    return statement.partition(" TTL ")[2].partition(" SETTINGS ")[0]


def test_settings_change_what_is_kept(store: ClickHouseSettings) -> None:
    client = connect(store, create_database=True)
    migrate(client)
    assert apply_retention(client, store) == [], "the migrations state the defaults"

    shorter = store.model_copy(update={"keep_days": 30, "keep_book_days": 0})
    changed = apply_retention(client, shorter)
    assert {"actions_rows", "book_1s_rows", "large_orders_rows"} <= set(changed)
    assert "toIntervalDay(30)" in _ttl(client, "large_orders_rows")
    assert "received_us > 0" in _ttl(client, "large_orders_rows")
    assert _ttl(client, "book_1s_rows") == ""

    assert apply_retention(client, shorter) == []
    assert set(apply_retention(client, store)) == set(changed)
    client.close()


@pytest.mark.parametrize("view", ["pulled_walls", "walls_at", "order_life", "flow_between"])
def test_questions_are_views_with_parameters(store: ClickHouseSettings, view: str) -> None:
    arguments = {
        "pulled_walls": "from_ms = 0, to_ms = 1",
        "walls_at": "at_ms = 0",
        "order_life": "order_id = 'none'",
        "flow_between": "from_ms = 0, to_ms = 1",
    }
    client = connect(store, create_database=True)
    migrate(client)
    assert client.query(f"SELECT * FROM {view}({arguments[view]})").result_rows == []
    client.close()
