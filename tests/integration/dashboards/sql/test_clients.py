"""Clients that were made for ClickHouse servers."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from datetime import datetime
from typing import Any

import clickhouse_connect
import pytest
import sqlalchemy
from aiohttp import ClientSession
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from dashboards.queries.model import Query
from dashboards.reader import StoreReader
from tests.integration.dashboards.sql.conftest import Asked

PLUGIN = {"default_format": "Native", "client_protocol_version": "54460"}
"""What Grafana's ClickHouse plugin 4.11 sends over HTTP, by clickhouse-go 2.51."""
HELLO = "SELECT displayName(), version(), revision(), timezone()"
EVERY_TYPE = """
SELECT toUInt8(number) AS a, toInt64(number) AS b, number / 3 AS c, toString(number) AS d,
       toFixedString('ab', 4) AS e, toDate('2025-01-02') AS f, toDateTime64(number, 3, 'UTC') AS g,
       CAST(number, 'Enum8(\\'x\\' = 0, \\'y, (z\\' = 1, \\'q\\' = 2)') AS h, number > 1 AS i,
       CAST(number > 1, 'Bool') AS j, if(number = 1, NULL, number) AS k, range(number) AS l,
       map('m', number) AS m, (number, 'n') AS n, toLowCardinality(toString(number)) AS o,
       CAST(if(number = 1, NULL, 'p'), 'LowCardinality(Nullable(String))') AS p,
       [toLowCardinality('q'), 'r'] AS q, CAST((1, 's'), 'Tuple(t UInt8, `u v` String)') AS r,
       toDecimal64(number, 2) AS s, toDecimal128(number, 20) AS t, toUUIDOrZero('-') AS u,
       toIPv6('::1') AS v, [[number], []] AS w, toIntervalDay(number) AS x, NULL AS y,
       map(1, [toLowCardinality(number)]) AS z
FROM numbers(3)
"""


def in_thread(asked: Asked, work: Callable[[Client], Any], **options: Any) -> Any:
    """Run `work` with a client of clickhouse-connect, beside the server's event loop."""

    def run() -> Any:
        client = clickhouse_connect.get_client(
            host="127.0.0.1",
            port=asked.port,
            database=asked.settings.clickhouse.database,
            **options,
        )
        try:
            return work(client)
        finally:
            client.close()

    return asyncio.to_thread(run)


async def test_the_readers_of_pages_and_previews_read_it(asked: Asked) -> None:
    settings = asked.settings.clickhouse.model_copy(update={"url": asked.url})
    reader = StoreReader(settings)
    try:
        query = Query("two", "", "SELECT n FROM numbered ORDER BY n LIMIT 2", "")
        assert await reader.rows(query, {}) == [{"n": 0}, {"n": 1}]
    finally:
        await reader.close()


async def test_clickhouse_connect_reads_as_from_a_server(asked: Asked) -> None:
    def work(client: Client) -> None:
        assert client.query("SELECT n FROM numbered ORDER BY n LIMIT 2").result_rows == [(0,), (1,)]
        assert client.query("SELECT * FROM large_orders").result_rows == []
        when = datetime(2025, 1, 2)  # noqa: DTZ001 - as the client gives a time of UTC
        values = {"s": "x'y\tz\\", "a": [1, 2], "d": when}
        sql = "SELECT {s:String}, {a:Array(Int32)}, {d:DateTime('UTC')}"
        assert client.query(sql, parameters=values).result_rows == [("x'y\tz\\", [1, 2], when)]
        assert client.query_arrow("SELECT n FROM numbered").num_rows == 1000
        assert client.command("SELECT count() FROM numbered") == 1000
        with client.query_rows_stream("SELECT n FROM numbered") as rows:
            assert sum(1 for _ in rows) == 1000
        for sql in ("INSERT INTO numbered VALUES (1)", "DROP TABLE numbered", "SET max_threads=1"):
            with pytest.raises(ClickHouseError, match=r"readonly|SET is refused"):
                client.command(sql)
        with pytest.raises(ClickHouseError, match="readonly"):
            client.insert("numbered", [[1]])

    for compress in (True, False, "gzip", "lz4", "zstd"):
        await in_thread(asked, work, compress=compress)


async def test_every_type_reads_as_from_the_engine(asked: Asked) -> None:
    lines = (await asked.post(EVERY_TYPE, default_format="JSONCompactEachRow")).body.splitlines()
    rows = await in_thread(asked, lambda client: client.query(EVERY_TYPE).result_rows)
    assert len(rows) == len(lines) == 3
    assert rows[1][:2] == (1, 1)
    assert rows[1][10] is None


async def test_sqlalchemy_reflects_and_selects(asked: Asked) -> None:
    def work() -> None:
        database = asked.settings.clickhouse.database
        engine = sqlalchemy.create_engine(
            f"clickhousedb://default@127.0.0.1:{asked.port}/{database}"
        )
        with engine.connect() as connection:
            inspector = sqlalchemy.inspect(engine)
            assert {"large_orders", "numbered"} <= set(inspector.get_table_names(database))
            table = sqlalchemy.Table("numbered", sqlalchemy.MetaData(), autoload_with=engine)
            query = sqlalchemy.select(table.c.n).where(table.c.n > 997).order_by(table.c.n)
            assert [row.n for row in connection.execute(query) if row.n < 1000] == [998, 999]
        engine.dispose()

    await asyncio.to_thread(work)


async def test_what_grafanas_plugin_asks_first(asked: Asked) -> None:
    reply = await asked.post(HELLO, {"Accept-Encoding": "gzip"}, **PLUGIN)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert gzip.decompress(reply.body).startswith(
        b"\x01\x00\x02\xff\xff\xff\xff\x00\x04\x01\x0ddisplayName()"
    )
    with_deadline = await asked.post("SELECT 1", None, **PLUGIN, max_execution_time="4")
    assert with_deadline.body.endswith(b"\x05UInt8\x00\x01")
    longer = await asked.post("SELECT n FROM numbered", {"Accept-Encoding": "gzip"}, **PLUGIN)
    assert gzip.decompress(longer.body)[11:13] == b"\x01n"
    wrong = await asked.post("SELECT * FROM nowhere", None, **PLUGIN)
    assert wrong.text.startswith("Code: 60. DB::Exception: ")


@pytest.mark.clickhouse
async def test_native_blocks_are_those_of_a_server(asked: Asked, clickhouse_server: str) -> None:
    for version in ("0", "54405", "54453", "54454", "54479", "54480", "54484"):
        values = {"default_format": "Native", "client_protocol_version": version}
        ours = await asked.post(EVERY_TYPE, None, **values)
        async with (
            ClientSession() as session,
            session.post(clickhouse_server, params=values, data=EVERY_TYPE) as reply,
        ):
            assert reply.status == 200
            assert ours.body == await reply.read(), version
