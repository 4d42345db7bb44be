"""ClickHouse's own compression of what a client sends, as a server would take it."""

import struct

import lz4.block
import pytest
from backports import zstd
from clickhouse_cityhash.cityhash import CityHash128
from hypothesis import given

from dashboards.sql.blocks import LARGEST, METHOD_LZ4, METHOD_NONE, METHOD_ZSTD, packed, unpacked
from dashboards.sql.errors import SqlError
from tests.property.fuzz.mutations import damaged, read_or_refused

SQL = b"SELECT 1 -- " + b"x" * 100
MOST = 3 * LARGEST


def block(method: int, body: bytes, length: int) -> bytes:
    """Return one block with a right checksum."""
    told = struct.pack("<BII", method, 9 + len(body), length) + body
    checksum = CityHash128(told)
    return struct.pack("<QQ", checksum >> 64, checksum & (2**64 - 1)) + told


def test_what_is_packed_comes_back() -> None:
    for data in (b"", SQL, bytes(2 * LARGEST + 5)):
        assert unpacked(packed(data), MOST) == data


def test_each_method_and_several_blocks() -> None:
    blocks = (
        block(METHOD_LZ4, lz4.block.compress(SQL, store_size=False), len(SQL)),
        block(METHOD_ZSTD, zstd.compress(SQL), len(SQL)),
        block(METHOD_NONE, SQL, len(SQL)),
    )
    assert unpacked(b"".join(blocks), MOST) == SQL * 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"SELECT 1", "ends within a block"),
        (packed(SQL)[:-1], "ends within a block"),
        (packed(SQL)[:-1] + b"\0", "Checksum doesn't match"),
        (block(0x95, SQL, len(SQL)), "Unknown compression method 0x95"),
        (block(METHOD_LZ4, b"\xff" * 9, 9), "No block of lz4"),
        (block(METHOD_ZSTD, SQL, len(SQL)), "No frame of zstd"),
        (block(METHOD_NONE, SQL, len(SQL) - 1), "states 111 bytes and holds others"),
        (block(METHOD_ZSTD, zstd.compress(bytes(5_000)), 9), "holds others"),
        (bytes(16) + struct.pack("<BII", METHOD_NONE, 0, 0), "a size of 0 bytes"),
        (block(METHOD_LZ4, b"", 2**32 - 1), f"more than {MOST} bytes"),
        (packed(bytes(MOST)) + packed(b"1"), f"more than {MOST} bytes"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, words: str) -> None:
    with pytest.raises(SqlError, match=words):
        unpacked(data, MOST)


@given(damaged(packed(SQL) + packed(b"2")))
def test_damaged_blocks_are_refused(data: bytes) -> None:
    with read_or_refused(SqlError):
        unpacked(data, MOST)
