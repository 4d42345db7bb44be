"""ClickHouse's own JDBC driver at the embedded store, as it comes: answers in native blocks."""

from __future__ import annotations

import asyncio
import struct

import lz4.block
import pytest

from tests.integration.dashboards.sql.conftest import Asked
from tests.support.servers.jdbc import ask_by_jdbc

MANY = "SELECT n, toString(n) FROM numbered ORDER BY n"


def unpacked(data: bytes) -> bytes:
    """Read blocks of ClickHouse's own compression; that checksums are right the driver says."""
    whole = b""
    while data:
        rest = data[16:]
        method, size, length = struct.unpack("<BII", rest[:9])
        assert method == 0x82
        whole += lz4.block.decompress(rest[9:size], uncompressed_size=length)
        data = rest[size:]
    return whole


# How the driver packs its queries: not at all, in ClickHouse's blocks, by Content-Encoding: lz4.
@pytest.mark.parametrize(
    "options", ["", "?decompress=true", "?decompress=true&client.use_http_compression=true"]
)
async def test_jdbc_reads_as_from_a_server(asked: Asked, options: str) -> None:
    # About 6 s: a Java machine starts and compiles the program.
    database = asked.settings.clickhouse.database
    lines = await asyncio.to_thread(
        ask_by_jdbc,
        f"jdbc:clickhouse://127.0.0.1:{asked.port}/{database}{options}",
        database,
        "SELECT count(), max(n), toDate('2025-01-02'), [1, 2], 'a b' FROM numbered",
        "SELECT * FROM nowhere",
        "DROP TABLE numbered",
        MANY,
    )
    assert {"table large_orders", "table numbered"} <= set(lines)
    rest = [line for line in lines if not line.startswith("table ")]
    assert rest[0] == "row 1000 999 2025-01-02 [1, 2] a b"
    assert "Code: 60. DB::Exception" in rest[1]
    assert "Code: 164. DB::Exception" in rest[2]
    assert rest[3:] == [f"row {n} {n}" for n in range(1000)] + [f"row {n}" for n in (997, 998, 999)]


async def test_blocks_hold_what_an_answer_holds(asked: Asked) -> None:
    plain = await asked.post("SELECT n, repeat('x', 2000) FROM numbered")
    packed = await asked.post(
        "SELECT n, repeat('x', 2000) FROM numbered", {"Accept-Encoding": "gzip"}, compress="1"
    )
    assert "Content-Encoding" not in packed.headers
    assert unpacked(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 20
    wrong = await asked.post("SELECT * FROM nowhere", compress="1")
    assert wrong.status == 404
    assert unpacked(wrong.body).startswith(b"Code: 60. DB::Exception: ")
    assert (await asked.post("SELECT n FROM numbered LIMIT 0", compress="1")).body == b""
