"""ClickHouse's HTTP interface, as curl speaks it."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import resource
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import lz4.frame
import pytest
from aiohttp import ClientError, FormData
from backports import zstd

from dashboards.sql import blocks
from dashboards.sql.statement import OUTSIDE
from schemas.clickhouse.connect import connect
from schemas.settings import Settings, SqlSettings
from tests.integration.dashboards.sql.conftest import Asked, serving_sql

SLOW = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(SHA256(toString(number)))"
HARMLESS = {
    *("format", "generaterandom", "generateseries", "generate_series", "loop", "merge", "null"),
    *("numbers", "numbers_mt", "primes", "sqlstandardvalues", "values", "view", "viewexplain"),
    *("viewifpermitted", "zeros", "zeros_mt"),
}


async def test_it_says_that_it_is_there(asked: Asked) -> None:
    for path in ("/ping", "/", "/replicas_status"):
        reply = await asked.get(path=path)
        assert (reply.status, reply.text) == (200, "Ok.\n")
    assert (await asked.get(path="/elsewhere")).status == 404


async def test_get_and_post_answer_the_same(asked: Asked) -> None:
    sql = "SELECT n, n * 2 AS twice FROM numbered ORDER BY n LIMIT 2"
    got = await asked.get(sql)
    assert (got.status, got.text) == (200, "0\t0\n1\t2\n")
    assert got.headers["X-ClickHouse-Format"] == "TabSeparated"
    assert got.headers["Content-Type"].startswith("text/tab-separated-values")
    assert int(json.loads(got.headers["X-ClickHouse-Summary"])["read_rows"]) > 0
    assert (await asked.post(sql)).body == got.body
    assert (await asked.post("numbered ORDER BY n LIMIT 2", query="SELECT n, n * 2 FROM")).body == (
        got.body
    )
    form = FormData({"query": "SELECT {a:String}", "param_a": "x"}, default_to_multipart=True)
    async with asked.session.post(asked.url, data=form) as reply:
        assert await reply.text() == "x\n"


@pytest.mark.parametrize(
    ("form", "body", "media"),
    [
        ("JSONEachRow", b'{"n":7}\n', "application/x-ndjson"),
        ("CSVWithNames", b'"n"\n7\n', "text/csv"),
        ("TSVWithNames", b"n\n7\n", "text/tab-separated-values"),
        ("Values", b"(7)", "text/plain"),
        ("RowBinary", b"\x07" + bytes(7), "application/octet-stream"),
    ],
)
async def test_formats(asked: Asked, form: str, body: bytes, media: str) -> None:
    sql = "SELECT n FROM numbered WHERE n = 7"
    named = await asked.get(f"{sql} FORMAT {form}")
    default = await asked.get(sql, default_format=form)
    assert named.body == default.body == body
    assert named.headers["Content-Type"].startswith(media)


async def test_json_and_parquet_have_their_shape(asked: Asked) -> None:
    document = json.loads((await asked.get("SELECT 1 AS x FORMAT JSON")).body)
    assert document["data"] == [{"x": 1}]
    parquet = await asked.get("SELECT * FROM numbered", default_format="Parquet")
    assert parquet.body.startswith(b"PAR1")


async def test_parameters_are_values_never_sql(asked: Asked) -> None:
    sql = "SELECT {s:String}, {a:Array(Int32)}, {n:Nullable(Int8)}, n FROM {t:Identifier} LIMIT 1"
    hostile = "x'; DROP TABLE numbered --"
    reply = await asked.get(
        sql, param_s=hostile, param_a="[1,2]", param_n="\\N", param_t="numbered", database=""
    )
    assert reply.text == "x\\'; DROP TABLE numbered --\t[1,2]\t\\N\t0\n"
    missing = await asked.get("SELECT {s:String}")
    assert missing.status == 400
    assert "s" in missing.text


async def test_compression_of_answers_and_queries(asked: Asked) -> None:
    sql = "SELECT n FROM numbered"
    plain = (await asked.post(sql)).body
    for encoding, unpack in (
        ("gzip", gzip.decompress),
        ("deflate", zlib.decompress),
        ("lz4", lz4.frame.decompress),
    ):
        reply = await asked.post(sql, {"Accept-Encoding": encoding})
        assert reply.headers["Content-Encoding"] == encoding
        assert unpack(reply.body) == plain
    refused = {"Accept-Encoding": "gzip;q=0"}
    assert (await asked.post(sql, refused)).body == plain
    off = await asked.post(sql, {"Accept-Encoding": "gzip"}, enable_http_compression="0")
    assert off.body == plain
    small = await asked.get("SELECT 1", session_id="x")
    assert "Content-Encoding" not in small.headers


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
}


@pytest.mark.parametrize("encoding", PACKED)
async def test_compression_of_queries(asked: Asked, encoding: str) -> None:
    pack, headers = PACKED[encoding], {"Content-Encoding": encoding}
    assert (await asked.post(pack(b"SELECT 1"), headers)).text == "1\n"
    assert (await asked.post(pack(blocks.packed(b"SELECT 1")), headers, decompress="1")).text == (
        "1\n"
    )
    assert (await asked.post(pack(b"+ 1"), headers, query="SELECT 1")).text == "2\n"
    wrong = await asked.post(b"SELECT 1", headers)
    assert wrong.status == 400
    assert wrong.text.startswith("Code: 271. DB::Exception: ")


@pytest.mark.parametrize("encoding", PACKED)
async def test_a_small_body_that_unpacks_to_much_is_refused(asked: Asked, encoding: str) -> None:
    body = PACKED[encoding](bytes(200_000_000))
    assert len(body) < 1 << 20
    began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reply = await asked.post(body, {"Content-Encoding": encoding})
    assert reply.status == 413, reply.text
    assert "Code: 223. DB::Exception: The body has more than" in reply.text
    # kB; the largest size of this process so far, of which the client packing it took a part.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began < 50_000


async def test_blocks_of_a_query_are_read(asked: Asked) -> None:
    body = blocks.packed(b"SELECT {a:UInt8}")
    assert (await asked.post(body, decompress="1", param_a="7")).text == "7\n"
    assert (await asked.get("SELECT 1", decompress="1")).text == "1\n"
    wrong = await asked.post(body[:-1] + b"x", decompress="1")
    assert wrong.text.startswith("Code: 40. DB::Exception: Checksum doesn't match")
    assert wrong.status == 400


@pytest.mark.parametrize(
    ("sql", "status", "code", "words"),
    [
        ("SELEC 1", 403, 164, "readonly mode"),
        ("SELECT FROM WHERE", 400, 62, "Syntax error"),
        ("SELECT * FROM nowhere", 404, 60, "nowhere"),
        ("SELECT nothing", 404, 47, "nothing"),
        ("SELECT throwIf(1)", 400, 395, "throwIf"),
        ("INSERT INTO numbered VALUES (1)", 403, 164, "readonly mode"),
        ("SELECT 1; SELECT 2", 400, 62, "multi-statements"),
        ("SELECT 1 INTO OUTFILE '{folder}/out'", 403, 497, "INTO OUTFILE"),
        ("SELECT file('{folder}/secret')", 403, 497, "file() is refused"),
        ("SELECT * FROM file('{folder}/secret', LineAsString)", 403, 497, "file() is refused"),
        ("SELECT * FROM url('http://127.0.0.1:9/', LineAsString)", 403, 497, "url() is refused"),
        ("SELECT * FROM s3('http://127.0.0.1:9/bucket/k', TSV, 'a Int8')", 403, 497, "s3()"),
        ("SELECT * FROM `{folder}/secret`", 404, 60, "Unknown table"),
        ("SELECT 1 SETTINGS max_execution_time = 1000", 403, 164, "max_execution_time"),
        ("SELECT 1 SETTINGS readonly = 0", 403, 164, "readonly"),
        ("SELECT 1 SETTINGS max_memory_usage = 0", 403, 164, "max_memory_usage"),
        ("FROM (SELECT * FROM numbers(2000000) SETTINGS max_result_rows = 0)", 413, 396, "rows"),
        ("SELECT number FROM numbers(2000000)", 413, 396, "max rows"),
        ("SELECT groupArray(number) FROM numbers(1000000000)", 400, 241, "memory"),
    ],
)
async def test_what_is_wrong_is_said_as_clickhouse_says_it(
    asked: Asked, tmp_path: Path, sql: str, status: int, code: int, words: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    reply = await asked.get(sql.replace("{folder}", str(tmp_path)))
    assert reply.text.startswith(f"Code: {code}. DB::Exception: ")
    assert words in reply.text
    assert "not yours" not in reply.text
    assert reply.headers["X-ClickHouse-Exception-Code"] == str(code)
    assert reply.status == status
    assert os.listdir(tmp_path) == ["secret"]


async def test_limits_are_not_lifted_by_the_url(asked: Asked) -> None:
    for name, value in (("max_execution_time", "6"), ("max_result_rows", "0"), ("readonly", "0")):
        reply = await asked.get("SELECT 1", **{name: value})
        assert reply.status >= 400
        assert name in reply.text
    assert "cannot be changed here" in (await asked.get("SELECT 1", profile="default")).text
    assert (await asked.get("SELECT 1", max_execution_time="4", max_threads="1")).text == "1\n"


async def test_nothing_is_kept_between_queries(asked: Asked) -> None:
    assert (await asked.get("SELECT 1", session_id="x", session_timeout="9")).text == "1\n"
    refused = await asked.get("SELECT 1", session_id="x", session_check="1")
    assert "Session not found" in refused.text
    for sql in ("SET max_threads = 1", "USE system", "CREATE TEMPORARY TABLE t (a Int8)"):
        assert (await asked.get(sql, session_id="x")).status == 403


async def test_a_foreign_host_name_is_refused(asked: Asked) -> None:
    reply = await asked.post("SELECT 1", {"Host": "attacker.example"})
    assert reply.status == 421


async def test_large_and_broken_bodies_are_refused(asked: Asked) -> None:
    assert (await asked.post("SELECT '" + "x" * 300_000 + "'")).status == 413
    assert (await asked.post(b"x" * 3_000_000)).status == 413
    assert (await asked.post(b"SELECT '\xff'")).status == 403
    assert (await asked.post("")).status == 200


async def test_the_engine_refuses_what_the_check_does_not_know(stored: Settings) -> None:
    """All table functions of the engine that reach outside are known by name."""
    client = connect(stored.clickhouse)
    rows = client.query("SELECT lower(name) FROM system.table_functions").result_rows
    client.close()
    assert not {name for (name,) in rows if name not in HARMLESS and not OUTSIDE.fullmatch(name)}


async def test_a_slow_query_ends_at_its_limit_and_delays_nobody(stored: Settings) -> None:
    settings = stored.model_copy(update={"sql": SqlSettings(max_execution_s=1.5, concurrency=2)})
    async with serving_sql(settings) as asked:
        slow = asyncio.create_task(asked.get(SLOW))
        client = await asyncio.to_thread(connect, settings.clickhouse)
        slowest_s = 0.0
        while not slow.done():
            began_s = time.monotonic()
            assert (await asked.get("SELECT 1")).text == "1\n"
            await asyncio.to_thread(client.command, "INSERT INTO numbered VALUES (5000)")
            slowest_s = max(slowest_s, time.monotonic() - began_s)
        client.close()
        reply = await slow
    assert (reply.status, "TIMEOUT_EXCEEDED" in reply.text) == (408, True)
    assert slowest_s < 1.0


async def test_more_queries_than_there_is_room_for_are_refused(stored: Settings) -> None:
    sql = SqlSettings(max_execution_s=1, concurrency=1, waiting=0)
    async with serving_sql(stored.model_copy(update={"sql": sql})) as asked:
        replies = await asyncio.gather(*(asked.get(SLOW) for _ in range(3)))
        assert sorted(reply.status for reply in replies) == [408, 503, 503]
        assert (await asked.get("SELECT 1")).text == "1\n"


async def test_a_query_ends_when_its_client_goes_or_the_server_stops(stored: Settings) -> None:
    settings = stored.model_copy(update={"sql": SqlSettings(max_execution_s=60)})
    running = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM n%'"
    async with serving_sql(settings) as asked:
        gone = asyncio.create_task(asked.get(SLOW))
        await _until(asked, running, "1\n")
        gone.cancel()
        await _until(asked, running, "0\n")
        stays = asyncio.create_task(asked.get(SLOW))
        await _until(asked, running, "1\n")
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 10
    with suppress(ClientError):
        assert "TIMEOUT" not in (await stays).text


async def _until(asked: Asked, sql: str, answer: str) -> None:
    async with asyncio.timeout(10):
        while (await asked.get(sql)).text != answer:
            pass
