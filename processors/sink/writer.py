"""The one thread that talks to the store for the sink."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError

from processors.sink.batch import TopicPartition
from processors.sink.offsets import column_types, read_offsets, write_offsets
from processors.sink.rows import Row
from schemas.clickhouse.connect import connect
from schemas.clickhouse.errors import error_code, in_one_line
from schemas.clickhouse.migrate import migrate
from schemas.clickhouse.retention import apply_retention
from schemas.clickhouse.tables import TABLES, count_rows
from schemas.settings import ClickHouseSettings

T = TypeVar("T")

REFUSED_CODES: Final = frozenset({6, 27, 53, 69, 70, 72, 117, 131, 321, 349, 407, 469})
"""ClickHouse error codes that blame the rows: unparsable, wrong type, out of range, NULL where none
is allowed, a violated constraint. Everything else is worth another try."""


class RefusedRowsError(Exception):
    """The store will never take these rows as they are; the message says why."""


class Writer:
    """A client of the store on a thread of its own; every call waits without blocking the loop."""

    def __init__(self, settings: ClickHouseSettings, source: str) -> None:
        self._settings = settings
        self._source = source
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="clickhouse-writer")
        self._client: Client | None = None
        self._closed = False
        self._column_types: dict[str, list[ClickHouseType]] = {}
        self._offset_types: list[ClickHouseType] = []

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises StoreError."""
        await self._call(self._open)

    async def insert(self, view: str, rows: Sequence[Row]) -> None:
        """Store rows of the table behind `view`; once this returns they are stored.

        Raises RefusedRowsError if the rows are at fault, else whatever went wrong on the way.
        """
        await self._call(lambda: self._insert(view, rows))

    async def read_offsets(self) -> dict[TopicPartition, int]:
        """Return the positions stored last."""
        return await self._call(lambda: read_offsets(self._opened(), self._source))

    async def write_offsets(self, offsets: Mapping[TopicPartition, int], now_us: int) -> None:
        """Store positions."""
        await self._call(
            lambda: write_offsets(self._opened(), self._source, offsets, now_us, self._offset_types)
        )

    async def count_rows(self) -> dict[str, int]:
        """Return the number of distinct rows of each view."""
        return await self._call(lambda: count_rows(self._opened()))

    async def ping(self) -> None:
        """Ask for a trivial answer. Raises whatever went wrong."""
        await self._call(lambda: self._opened().command("SELECT 1"))

    async def close(self) -> None:
        """Close the client after what is running. May be called again."""
        if not self._closed:
            self._closed = True
            await self._call(self._close)
        self._thread.shutdown(wait=False)

    def abandon(self) -> None:
        """Let go of the thread without waiting for it."""
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _opened(self) -> Client:
        if self._client is None:
            raise RuntimeError("the writer is not open")
        return self._client

    def _open(self) -> None:
        client = connect(self._settings, create_database=True)
        try:
            migrate(client, replicated=self._settings.replicated)
            apply_retention(client, self._settings)
            for table in TABLES:
                context = client.create_insert_context(table.rows, table.columns)
                self._column_types[table.view] = list(context.column_types)
            self._offset_types = column_types(client)
        except BaseException:
            client.close()
            raise
        self._client = client

    def _insert(self, view: str, rows: Sequence[Row]) -> None:
        columns = _COLUMNS[view]
        try:
            self._opened().insert(
                f"{view}_rows", rows, column_names=columns, column_types=self._column_types[view]
            )
        except (DataError, TypeError, UnicodeError, OverflowError) as error:
            # The client could not even write it down.
            raise RefusedRowsError(in_one_line(error)) from error
        except ClickHouseError as error:
            if error_code(error) in REFUSED_CODES:
                raise RefusedRowsError(in_one_line(error)) from error
            raise

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


_COLUMNS: Final = {table.view: table.columns for table in TABLES}
