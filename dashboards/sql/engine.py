"""Runs statements on the embedded store, each on a read-only connection of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import chdb
from chdb import ChdbError
from chdb.state.sqlitelike import Connection

from dashboards.sql.errors import Problem, SqlError, refusal
from dashboards.sql.limits import chosen
from dashboards.sql.statement import Statement
from schemas.clickhouse.connect import CHDB_PREFIX, ENGINE_CONFIG
from schemas.clickhouse.errors import in_one_line
from schemas.settings import Settings

log = logging.getLogger(__name__)

NICE: Final = 10
"""Priority of a query's threads: those of the worker go first."""
UNKNOWN_ERROR: Final = 1002


@dataclass(frozen=True, slots=True)
class SqlQuestion:
    """A statement and how it is to be run."""

    statement: Statement
    format: str = "TabSeparated"
    """Where the statement has no FORMAT clause."""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Values of {name:Type}, without `param_` before the names."""
    database: str | None = None
    """None: that of the store."""


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """What the engine says."""

    body: bytes
    format: str
    rows_read: int
    bytes_read: int
    elapsed_ns: int


class ReadOnlyEngine:
    """A few threads that ask the engine of this process.

    The store must be open in this process already (`schemas.clickhouse.connect`): connections to
    it share one engine.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises ValueError where the store is not an embedded one."""
        if not settings.clickhouse.url.startswith(CHDB_PREFIX):
            raise ValueError(f"not an embedded store: {settings.clickhouse.url}")
        path = Path(settings.clickhouse.url.removeprefix(CHDB_PREFIX)).expanduser().absolute()
        self._address = f"{path}?config-file={ENGINE_CONFIG}"
        self._database = settings.clickhouse.database
        self._settings = settings.sql
        self._threads = ThreadPoolExecutor(
            self._settings.concurrency, thread_name_prefix="sql-reader"
        )
        self._killer = ThreadPoolExecutor(1, thread_name_prefix="sql-killer")
        self._keeper: Connection | None = None
        """Open from the first query on: the engine ends with the last connection to it."""
        self._running: set[str] = set()
        self._pending = 0
        self._lock = threading.Lock()
        self._is_closing = False

    @property
    def version(self) -> str:
        """The version of ClickHouse that the engine is."""
        return str(chdb.engine_version)

    async def ask(self, question: SqlQuestion) -> SqlAnswer:
        """Return the answer. Raises SqlError. When it is cancelled, the query ends, too."""
        if self._pending >= self._settings.concurrency + self._settings.waiting:
            words = "Too many simultaneous queries: ask again when some are answered"
            raise refusal(Problem.TOO_MANY_SIMULTANEOUS_QUERIES, words)
        settings = chosen(question.settings, self._settings)
        tag = uuid.uuid4().hex
        self._pending += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._ask, question, settings, tag)
        except asyncio.CancelledError:
            self._killer.submit(self._kill, [tag])
            raise
        finally:
            self._pending -= 1

    async def close(self) -> None:
        """End what is running."""
        self._is_closing = True
        with self._lock:
            running = list(self._running)
        if running:
            self._killer.submit(self._kill, running)
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        await asyncio.to_thread(self._killer.shutdown, wait=True)
        if self._keeper is not None:
            await asyncio.to_thread(self._keeper.close)

    def _ask(self, question: SqlQuestion, settings: dict[str, str], tag: str) -> SqlAnswer:
        if self._is_closing:
            raise SqlError(394, "Query was cancelled: the worker stops. (QUERY_WAS_CANCELLED)")
        with self._lock:
            if self._keeper is None:
                self._keeper = Connection(self._address)
            self._running.add(tag)
        connection = Connection(self._address)
        try:
            database = question.database or self._database
            _run(connection, f"USE `{_name(database)}`")
            own = {"log_comment": tag, "os_threads_nice_value_query": str(NICE)}
            values = ", ".join(f"{name} = '{value}'" for name, value in (settings | own).items())
            _run(connection, f"SET {values}")
            _run(connection, "SET readonly = 1")
            statement = question.statement
            form = statement.format or question.format
            began_ns = time.monotonic_ns()
            result = _run(connection, statement.sql, form, dict(question.parameters))
            return SqlAnswer(
                body=result.bytes(),
                format=form,
                rows_read=result.rows_read(),
                bytes_read=result.bytes_read(),
                elapsed_ns=time.monotonic_ns() - began_ns,
            )
        finally:
            with self._lock:
                self._running.discard(tag)
            connection.close()

    def _kill(self, tags: list[str]) -> None:
        quoted = ", ".join(f"'{tag}'" for tag in tags)
        try:
            _run(self._keeper, f"KILL QUERY WHERE Settings['log_comment'] IN ({quoted}) ASYNC")
        except SqlError as error:
            log.warning("query not ended: %s", error)


def _run(
    connection: Any, sql: str, form: str = "TabSeparated", parameters: dict[str, str] | None = None
) -> Any:
    try:
        return connection.query(sql, form, params=parameters or {})
    except (ChdbError, RuntimeError) as error:
        raise sql_error(error) from None


def sql_error(error: Exception) -> SqlError:
    """Return what the engine's exception says, without the texts that it wraps."""
    text = in_one_line(error)
    code = UNKNOWN_ERROR
    while (found := text.rfind("Code: ")) >= 0:
        number, _, rest = text[found + len("Code: ") :].partition(". DB::Exception: ")
        if not number.isdigit():
            break
        code, text = int(number), rest
    return SqlError(code, text)


def _name(database: str) -> str:
    if not database.replace("_", "").isalnum() or len(database) > 200:
        words = f"Database {database[:40]!r}: a name has letters, digits and underscores"
        raise refusal(Problem.BAD_ARGUMENTS, words)
    return database
