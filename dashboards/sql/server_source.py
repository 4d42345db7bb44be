"""Statements to a ClickHouse server, read-only whatever its user may do."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from dashboards.sql.engine import SqlAnswer, SqlQuestion, sql_error
from dashboards.sql.limits import chosen
from schemas.clickhouse.connect import connect
from schemas.settings import Settings

READONLY: Final = "SELECT getSetting('readonly')"


class ServerSource:
    """A thread for each query that may run, with a client each."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(
            settings.sql.concurrency, thread_name_prefix="sql-to-server"
        )
        self._clients: dict[int, Client] = {}
        """Per thread."""

    async def ask(self, question: SqlQuestion) -> SqlAnswer:
        """Return the answer. Raises SqlError or schemas.clickhouse.errors.StoreError."""
        settings = chosen(question.settings, self._settings.sql)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._ask, question, settings)

    async def close(self) -> None:
        """Wait for what runs."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        for client in self._clients.values():
            client.close()

    def _ask(self, question: SqlQuestion, settings: dict[str, str]) -> SqlAnswer:
        thread = threading.get_ident()
        if thread not in self._clients:
            self._clients[thread] = connect(self._settings.clickhouse)
        client = self._clients[thread]
        form = question.statement.format or question.format
        # A user who is read-only already may not be told so again, nor be given limits.
        wanted: dict[str, Any] = {}
        try:
            if str(client.command(READONLY)) == "0":
                wanted = {**settings, "readonly": 1}
            body = client.raw_query(
                question.statement.sql,
                fmt=None if question.statement.format else question.format,
                settings=wanted,
            )
        except ClickHouseError as error:
            raise sql_error(error) from None
        return SqlAnswer(body=body, format=form, rows_read=0, bytes_read=0, elapsed_ns=0)
