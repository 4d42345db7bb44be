"""The migration files themselves, without a store."""

import re

import pytest

from schemas.clickhouse.migrate import (
    Migration,
    shipped_migrations,
    with_replicated_engines,
)

REPEATABLE = re.compile(
    r"^(CREATE (TABLE|MATERIALIZED VIEW) IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE)\b"
)


def test_versions_are_consecutive() -> None:
    versions = [migration.version for migration in shipped_migrations()]
    assert versions == list(range(1, len(versions) + 1))
    assert versions


@pytest.mark.parametrize("migration", shipped_migrations(), ids=lambda migration: migration.name)
def test_every_statement_may_run_again(migration: Migration) -> None:
    statements = list(migration.statements())
    assert statements
    for statement in statements:
        assert REPEATABLE.match(statement), statement[:80]


def test_statements_end_at_a_semicolon_at_the_end_of_a_line() -> None:
    sql = "-- a comment; with a semicolon\nSELECT 'a;b';\n\nSELECT\n  2 ; \n-- end\n"
    assert list(Migration("0001_a.sql", sql).statements()) == ["SELECT 'a;b'", "SELECT\n  2"]


def test_the_checksum_is_of_the_text_not_of_its_line_ends() -> None:
    unix = Migration("0001_a.sql", "SELECT 1;\nSELECT 2;\n")
    assert unix.checksum == Migration("0001_a.sql", "SELECT 1;\r\nSELECT 2;\r\n").checksum
    assert unix.checksum != Migration("0001_a.sql", "SELECT 1;\nSELECT 3;\n").checksum


def test_every_table_of_a_replicated_store_is_on_a_replicated_engine() -> None:
    for migration in shipped_migrations():
        for statement in migration.statements():
            replicated = with_replicated_engines(statement)
            engines = re.findall(r"ENGINE = (\w+)", replicated)
            assert all(engine.startswith("Replicated") for engine in engines)
            assert bool(engines) == ("CREATE TABLE" in statement)
