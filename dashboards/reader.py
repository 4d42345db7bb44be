"""Reads from the store without blocking the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from dashboards.queries import Query
from schemas.clickhouse.connect import connect
from schemas.clickhouse.errors import UNKNOWN_TABLE_CODE, StoreError, error_code, store_error
from schemas.settings import ClickHouseSettings

READER_THREADS: Final = 2

Row = dict[str, Any]


class StoreReader:
    """A few threads with a client each, which connect when they are first needed.

    A client that failed is closed and made anew by the next query, so a store that was away is
    found again.
    """

    def __init__(self, settings: ClickHouseSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="clickhouse-reader")
        self._local = threading.local()
        self._clients: list[Client] = []

    async def rows(self, query: Query, parameters: Mapping[str, Any]) -> list[Row]:
        """Return the rows of `query` by column name. Raises StoreError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._rows, query, dict(parameters))

    async def close(self) -> None:
        """Close the clients after what is running."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        for client in self._clients:
            client.close()
        self._clients.clear()

    def _rows(self, query: Query, parameters: dict[str, Any]) -> list[Row]:
        client = self._client()
        try:
            return list(client.query(query.sql, parameters=parameters).named_results())
        except (ClickHouseError, OSError) as error:
            self._discard(client)
            if error_code(error) == UNKNOWN_TABLE_CODE:
                raise StoreError(
                    f"database {self._settings.database} at {self._settings.url} has no tables "
                    "yet: start a worker, which makes them"
                ) from error
            raise store_error(error, self._settings.url, self._settings.user) from error

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = connect(self._settings)
            self._local.client = client
            self._clients.append(client)
        return client

    def _discard(self, client: Client) -> None:
        self._local.client = None
        self._clients.remove(client)
        client.close()
