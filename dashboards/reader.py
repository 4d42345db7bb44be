"""Reads from the store without blocking the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.query import QueryResult

from dashboards.queries.model import Query
from schemas.clickhouse.connect import connect
from schemas.clickhouse.errors import UNKNOWN_TABLE_CODE, StoreError, error_code, store_error
from schemas.settings import ClickHouseSettings

READER_THREADS: Final = 2

TIMES_AS_NUMBERS: Final = {"DateTime*": "int"}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer."""

    name: str
    type: str
    """As ClickHouse spells it; times of it are whole ticks of its precision since the epoch."""
    values: Sequence[Any]


class StoreReader:
    """A few threads with a client each, which connect when they are first needed.

    A client that failed is closed and made anew by the next query, so a store that was away is
    found again.
    """

    def __init__(self, settings: ClickHouseSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="clickhouse-reader")
        self._clients: dict[int, Client] = {}
        """Per thread."""
        self._count = threading.Lock()
        self._queries = 0
        self._busy_s = 0.0

    def figures(self) -> dict[str, Any]:
        """Return what was read so far: the number of queries and the time in them, ms."""
        return {"queries": self._queries, "busy_ms": round(self._busy_s * 1_000, 1)}

    async def rows(self, query: Query, parameters: Mapping[str, Any]) -> list[Row]:
        """Return the rows of `query` by column name. Raises StoreError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._rows, query, dict(parameters))

    async def columns(self, sql: str) -> list[Column]:
        """Return what plain SQL answers, by column; nothing for no rows. Raises StoreError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._columns, sql)

    async def close(self) -> None:
        """Close the clients after what is running."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _rows(self, query: Query, parameters: dict[str, Any]) -> list[Row]:
        return list(self._query(query.sql, parameters=parameters).named_results())

    def _columns(self, sql: str) -> list[Column]:
        result = self._query(sql, query_formats=TIMES_AS_NUMBERS, column_oriented=True)
        if not result.column_names:
            return []
        return [
            Column(name, kind.name, values)
            for name, kind, values in zip(
                result.column_names, result.column_types, result.result_set, strict=True
            )
        ]

    def _query(self, sql: str, **options: Any) -> QueryResult:
        client = self._client()
        began_s = time.monotonic()
        try:
            return client.query(sql, **options)
        except (ClickHouseError, OSError) as error:
            self._discard(client)
            if error_code(error) == UNKNOWN_TABLE_CODE:
                raise StoreError(
                    f"database {self._settings.database} at {self._settings.url} has no tables "
                    "yet: start a worker, which creates them"
                ) from error
            raise store_error(error, self._settings.url, self._settings.user) from error
        finally:
            with self._count:
                self._queries += 1
                self._busy_s += time.monotonic() - began_s

    def _client(self) -> Client:
        thread = threading.get_ident()
        if thread not in self._clients:
            self._clients[thread] = connect(self._settings, reads_only=True)
        return self._clients[thread]

    def _discard(self, client: Client) -> None:
        del self._clients[threading.get_ident()]
        client.close()
