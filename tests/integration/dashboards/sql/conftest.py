"""A served store with a table of every kind of column, and requests as clients send them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession, web

from dashboards.sql.server import sql_app
from schemas.clickhouse.connect import connect
from schemas.clickhouse.migrate import migrate
from schemas.settings import ClickHouseSettings, Settings, SqlSettings
from tests.support.servers.clickhouse_server import unique_database


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(frozen=True, slots=True)
class Asked:
    """A running server and a client for raw requests."""

    url: str
    settings: Settings
    session: ClientSession

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.url.rpartition(":")[2])

    async def get(self, sql: str | None = None, path: str = "/", **values: str) -> Reply:
        """GET the query as a parameter of the URL."""
        parameters = values if sql is None else {"query": sql, **values}
        async with self.session.get(self.url + path, params=parameters) as reply:
            return Reply(reply.status, await reply.read(), dict(reply.headers))

    async def post(
        self, body: str | bytes, headers: dict[str, str] | None = None, /, **values: str
    ) -> Reply:
        """POST the query as the body."""
        async with self.session.post(
            self.url + "/", params=values, data=body, headers=headers
        ) as reply:
            return Reply(reply.status, await reply.read(), dict(reply.headers))


@asynccontextmanager
async def serving_sql(settings: Settings) -> AsyncIterator[Asked]:
    """Serve the store of these settings on a free port."""
    runner = web.AppRunner(sql_app(settings), handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession(
            auto_decompress=False, headers={"Accept-Encoding": "identity"}
        ) as session:
            yield Asked(url, settings, session)
    finally:
        await runner.cleanup()


@pytest.fixture(scope="module")
def engine(chdb_url: str) -> Iterator[None]:
    """The engine of this process, open for as long as a worker would keep it."""
    client = connect(ClickHouseSettings(url=chdb_url), create_database=True)
    yield
    client.close()


@pytest.fixture
def stored(chdb_url: str, engine: None) -> Settings:
    """Settings of an embedded store with its tables and one row."""
    clickhouse = ClickHouseSettings(url=chdb_url, database=unique_database())
    client = connect(clickhouse, create_database=True)
    migrate(client)
    client.command("CREATE TABLE numbered (n UInt64) ENGINE = MergeTree ORDER BY n")
    client.command("INSERT INTO numbered SELECT number FROM numbers(1000)")
    client.close()
    return Settings(clickhouse=clickhouse, sql=SqlSettings(max_execution_s=5))


@pytest.fixture
async def asked(stored: Settings) -> AsyncIterator[Asked]:
    """The server over that store."""
    async with serving_sql(stored) as server:
        yield server
