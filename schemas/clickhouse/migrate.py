"""Applies the numbered migrations of `migrations/` to a database.

Every statement of a migration can be run again (IF NOT EXISTS, OR REPLACE), so one that was
interrupted, or that two processes apply at the same moment, ends in the same schema.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.clickhouse.comments import describe_views
from schemas.clickhouse.errors import StoreError, in_one_line

ATTEMPTS: Final = 3
"""Tries per statement: two processes that replace one view at the same moment may collide."""

_FILE_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_ENGINE = re.compile(r"(\bENGINE = )(\w*MergeTree\b)")
_END_OF_STATEMENT = re.compile(r";[ \t]*$", re.MULTILINE)

_RECORD = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    version     UInt32 COMMENT 'Number of the migration',
    name        String COMMENT 'File name',
    checksum    String COMMENT 'SHA-256 of the text, hex',
    applied_at  DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY version
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of SQL statements."""

    name: str
    sql: str

    @property
    def version(self) -> int:
        """The number that the file name starts with."""
        return int(self.name[:4])

    @property
    def checksum(self) -> str:
        """SHA-256 of the text with Unix line ends, hex."""
        return hashlib.sha256(self.sql.replace("\r\n", "\n").encode()).hexdigest()

    def statements(self) -> Iterator[str]:
        """Yield the statements; each ends with a semicolon at the end of a line."""
        text = "\n".join(line for line in self.sql.splitlines() if not line.startswith("--"))
        for statement in _END_OF_STATEMENT.split(text):
            if statement.strip():
                yield statement.strip()


def shipped_migrations() -> tuple[Migration, ...]:
    """Return the migrations of this version in their order."""
    folder = resources.files(__package__) / "migrations"
    files = (file for file in folder.iterdir() if file.name.endswith(".sql"))
    found = tuple(
        Migration(file.name, file.read_text(encoding="utf-8"))
        for file in sorted(files, key=lambda file: file.name)
    )
    for expected, migration in enumerate(found, start=1):
        if not _FILE_NAME.match(migration.name) or migration.version != expected:
            raise StoreError(f"migration {migration.name}: expected a name {expected:04d}_*.sql")
    return found


def migrate(
    client: Client, migrations: Sequence[Migration] | None = None, *, replicated: bool = False
) -> list[str]:
    """Bring the client's database up to date and return the names that were applied. Blocking.

    `replicated`: tables are made on replicated engines, whose paths the server's defaults give.

    Raises StoreError if a migration was changed after it was applied, if the database is newer
    than this version, or if a statement fails.
    """
    wanted = shipped_migrations() if migrations is None else tuple(migrations)
    engines = with_replicated_engines if replicated else str
    _run(client, "schema_migrations", engines(_RECORD))
    recorded = _recorded(client)
    _check(wanted, recorded)
    applied = []
    for migration in wanted:
        if migration.version in recorded:
            continue
        for statement in migration.statements():
            _run(client, migration.name, engines(statement))
        client.insert(
            "schema_migrations",
            [(migration.version, migration.name, migration.checksum)],
            column_names=["version", "name", "checksum"],
        )
        applied.append(migration.name)
    describe_views(client)
    return applied


def with_replicated_engines(statement: str) -> str:
    """Return the statement with its table on a replicated engine."""
    return _ENGINE.sub(r"\1Replicated\2", statement)


def _recorded(client: Client) -> dict[int, tuple[str, str]]:
    rows = client.query("SELECT version, name, checksum FROM schema_migrations FINAL").result_rows
    return {version: (name, checksum) for version, name, checksum in rows}


def _check(wanted: Sequence[Migration], recorded: dict[int, tuple[str, str]]) -> None:
    for migration in wanted:
        _, checksum = recorded.get(migration.version, ("", migration.checksum))
        if checksum != migration.checksum:
            raise StoreError(
                f"migration {migration.name} was changed after it was applied (recorded "
                f"{checksum[:12]}, now {migration.checksum[:12]}): restore the file and put the "
                "change into a new migration"
            )
    newer = sorted(set(recorded) - {migration.version for migration in wanted})
    if newer:
        name, _ = recorded[newer[-1]]
        raise StoreError(
            f"the database has migration {name}, which this version does not know: use a newer "
            "wallwatch or another clickhouse.database"
        )


def _run(client: Client, name: str, statement: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            client.command(statement)
        except ClickHouseError as error:
            if attempt == ATTEMPTS:
                head = " ".join(statement.split()[:8])
                raise StoreError(
                    f"migration {name} failed at '{head} ...': {in_one_line(error)}"
                ) from error
        else:
            return
