"""The schema on both kinds of store: applied once, again, at the same time, and guarded."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from schemas.clickhouse.comments import ROWS_OF, describe_views
from schemas.clickhouse.connect import connect
from schemas.clickhouse.errors import StoreError
from schemas.clickhouse.migrate import Migration, migrate, shipped_migrations
from schemas.clickhouse.tables import TABLES, Table, count_rows
from schemas.settings import ClickHouseSettings
from tests.support.paths import REPOSITORY
from tests.support.servers.clickhouse_server import unique_database


@pytest.fixture
def client(store: ClickHouseSettings) -> Iterator[Client]:
    opened = connect(store, create_database=True)
    yield opened
    opened.command(f"DROP DATABASE IF EXISTS {store.database}")
    opened.close()


def test_applies_everything_once_and_nothing_twice(client: Client) -> None:
    names = [migration.name for migration in shipped_migrations()]
    assert migrate(client) == names
    assert migrate(client) == []
    recorded = client.query("SELECT name, checksum FROM schema_migrations ORDER BY version")
    assert recorded.result_rows == [(m.name, m.checksum) for m in shipped_migrations()]
    assert set(count_rows(client).values()) == {0}


def test_an_interrupted_migration_is_completed(client: Client) -> None:
    first = shipped_migrations()[0]
    client.command(next(iter(first.statements())))
    assert first.name in migrate(client)
    assert set(count_rows(client).values()) == {0}


def test_several_processes_may_start_at_once(store: ClickHouseSettings, client: Client) -> None:
    def start(_: int) -> None:
        own = connect(store, create_database=True)
        try:
            migrate(own)
        finally:
            own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    recorded = client.query("SELECT version FROM schema_migrations FINAL ORDER BY version")
    assert [row[0] for row in recorded.result_rows] == [m.version for m in shipped_migrations()]
    assert set(count_rows(client).values()) == {0}


def test_a_migration_changed_afterwards_is_refused(client: Client) -> None:
    migrate(
        client, [Migration("0001_a.sql", "CREATE TABLE IF NOT EXISTS a (x Int8) ENGINE = Log;")]
    )
    changed = [Migration("0001_a.sql", "CREATE TABLE IF NOT EXISTS a (x Int16) ENGINE = Log;")]
    with pytest.raises(StoreError, match=r"0001_a\.sql was changed after .*new migration"):
        migrate(client, changed)


def test_a_database_of_a_newer_version_is_refused(client: Client) -> None:
    first = Migration("0001_a.sql", "CREATE TABLE IF NOT EXISTS a (x Int8) ENGINE = Log;")
    migrate(client, [first, Migration("0002_b.sql", "SELECT 1;")])
    with pytest.raises(StoreError, match=r"0002_b\.sql, which this version does not know"):
        migrate(client, [first])


def test_a_failing_statement_is_named(client: Client) -> None:
    with pytest.raises(StoreError, match=r"0001_a\.sql failed at 'SELECT FROM nowhere"):
        migrate(client, [Migration("0001_a.sql", "SELECT FROM nowhere;")])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.view)
def test_columns_are_the_fields_of_the_model(client: Client, table: Table) -> None:
    migrate(client)
    described = client.query(f"DESCRIBE TABLE {table.rows}").named_results()
    columns = {row["name"]: row for row in described}
    assert tuple(columns) == table.columns
    for name, field in table.model.model_fields.items():
        assert _sql_kind(columns[name]["type"]) == _model_kind(str(field.annotation)), name
        assert columns[name]["comment"], f"{table.rows}.{name} has no comment"
    seen = [row[0] for row in client.query(f"DESCRIBE TABLE {table.view}").result_rows]
    assert seen == [*table.columns, "time"]


def test_a_view_says_what_its_columns_mean(client: Client) -> None:
    """As docs/sql.md and the tool of agents promise."""
    migrate(client)
    for view, rows in ROWS_OF.items():
        described = client.query(f"DESCRIBE TABLE {view}").named_results()
        of_view = {row["name"]: row["comment"] for row in described}
        of_rows = {
            row["name"]: row["comment"]
            for row in client.query(f"DESCRIBE TABLE {rows}").named_results()
        }
        assert {name for name, comment in of_view.items() if not comment} == set(), view
        same = of_view.keys() & of_rows.keys()
        assert {name: of_view[name] for name in same} == {name: of_rows[name] for name in same}
    assert describe_views(client) == []


def test_the_views_of_an_older_release_are_described_as_well(client: Client) -> None:
    migrate(client)
    client.command("CREATE OR REPLACE VIEW flow_1s AS SELECT * FROM flow WHERE interval_ms = 1000")
    assert migrate(client) == []
    described = client.query("DESCRIBE TABLE flow_1s").named_results()
    assert all(row["comment"] for row in described)


def _sql_kind(column: str) -> tuple[str, bool]:
    """Return what a column holds and whether it may be NULL."""
    bare = re.sub(r"LowCardinality\(([^()]*(?:\([^()]*\))?)\)", r"\1", column)
    nullable = "Nullable(" in bare
    bare = re.sub(r"Nullable\(([^()]*)\)", r"\1", bare)
    return re.sub(r"U?Int\d+", "int", bare).replace("Float64", "float"), nullable


def _model_kind(annotation: str) -> tuple[str, bool]:
    """Return the same of a model's field."""
    nullable = "None" in annotation
    if "list[" in annotation:
        of_numbers = "Array(int)" if "list[int]" in annotation else "Array(float)"
        return (of_numbers if re.search("int|float", annotation) else "Array(String)"), nullable
    for name, kind in (("bool", "Bool"), ("int", "int"), ("float", "float")):
        if re.search(rf"\b{name}\b", annotation):
            return kind, nullable
    return "String", nullable


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:9", r"http://127\.0\.0\.1:9 cannot be reached: .*Connection refused"),
        ("http://user:pass@127.0.0.1:9", r"expected http\(s\)://host:port; user and password"),
        ("http://127.0.0.1:999999", "Port out of range"),
        ("chdb:/proc/wallwatch", "chdb path /proc/wallwatch cannot be used"),
    ],
)
def test_a_store_that_cannot_be_opened_is_explained(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as raised:
        connect(ClickHouseSettings(url=url))
    assert "\n" not in str(raised.value)


@pytest.mark.clickhouse
def test_a_refused_user_is_explained(clickhouse_server: str) -> None:
    settings = ClickHouseSettings(url=clickhouse_server, user="nobody")
    with pytest.raises(StoreError, match=r"refused user 'nobody': check clickhouse\.user"):
        connect(settings)


def test_a_missing_database_is_explained(store: ClickHouseSettings) -> None:
    missing = store.model_copy(update={"database": unique_database()})
    with pytest.raises(StoreError, match=r"no such database yet"):
        connect(missing)


def _process_holding(path: Path) -> "subprocess.Popen[str]":
    """Start a process that has the engine open at `path` until its standard input closes."""
    program = f"""
import sys
from pathlib import Path
from schemas.clickhouse.comments import ROWS_OF, describe_views
from schemas.clickhouse.connect import connect
from schemas.settings import ClickHouseSettings
client = connect(ClickHouseSettings(url="chdb:{path}"), create_database=True)
print("open", flush=True)
sys.stdin.read()
client.close()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    return holder


def test_a_path_in_use_names_its_owner(tmp_path: Path) -> None:
    holder = _process_holding(tmp_path)
    try:
        with pytest.raises(StoreError, match=rf"in use by another process \(PID: {holder.pid}\)"):
            connect(ClickHouseSettings(url=f"chdb:{tmp_path}"))
    finally:
        assert holder.stdin is not None
        holder.stdin.close()
        holder.wait(20)
