"""A store of an earlier version is opened by this one: its rows are still there, in every view."""

from typing import Final

from clickhouse_connect.driver.client import Client

from schemas.clickhouse.connect import connect
from schemas.clickhouse.migrate import migrate, shipped_migrations
from schemas.clickhouse.tables import TABLES, count_rows
from schemas.record import Record
from schemas.settings import ClickHouseSettings
from tests.support.markets.records import one_of_each

FIRST_RELEASE = "0005_raw_archive.sql"
"""The newest migration of version 0.1.0."""
NOT_ROWS = {"evidence", "reasons"}
"""Fields whose stored form is another one."""
KEPT: Final = 8
"""Tables of the first release that hold a model of today."""


def test_the_rows_of_the_first_release_are_kept(store: ClickHouseSettings) -> None:
    client = connect(store, create_database=True)
    try:
        names = [migration.name for migration in shipped_migrations()]
        first = names.index(FIRST_RELEASE) + 1
        assert migrate(client, shipped_migrations()[:first]) == names[:first]
        known = {row[0] for row in client.query("SHOW TABLES").result_rows}
        written = {
            table.view: _insert(client, table.rows, record)
            for _, record in one_of_each()
            for table in TABLES
            if table.model is type(record) and table.rows in known
        }
        assert len(written) == KEPT
        assert migrate(client) == names[first:]
        counts = count_rows(client)
        assert {view: counts[view] for view in written} == dict.fromkeys(written, 1)
        for view, values in written.items():
            (row,) = client.query(f"SELECT {', '.join(values)} FROM {view}").result_rows
            assert list(row) == list(values.values()), view
    finally:
        client.command(f"DROP DATABASE IF EXISTS {store.database}")
        client.close()


def _insert(client: Client, table: str, record: Record) -> dict[str, object]:
    """Insert a record with the columns of then; return those that can be compared."""
    described = client.query(f"DESCRIBE TABLE {table}").named_results()
    columns = {row["name"] for row in described}
    document = record.model_dump(mode="json")
    values = {
        name: value
        for name, value in document.items()
        if name in columns and not isinstance(value, dict | list) and name not in NOT_ROWS
    }
    client.insert(table, [list(values.values())], column_names=list(values))
    return {name: value for name, value in values.items() if name != "received_us"}
