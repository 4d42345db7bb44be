"""ClickHouse's own compression: of answers with `compress=1`, of queries with `decompress=1`.

A block is a checksum (16 bytes), the method, the size of the packed block with this header of nine
bytes, the size of what is packed, and the packed bytes; numbers are little-endian:
https://clickhouse.com/docs/native-protocol/compression
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import lz4.block
from clickhouse_cityhash.cityhash import CityHash128

from dashboards.sql.compression import unpacked_zstd
from dashboards.sql.errors import Problem, SqlError, refusal

LARGEST: Final = 1 << 20
"""Bytes in one block before it is packed: the server's own."""
METHOD_NONE: Final = 0x02
METHOD_LZ4: Final = 0x82
METHOD_ZSTD: Final = 0x90
_HEADER: Final = struct.Struct("<BII")
_CHECKSUM: Final = struct.Struct("<QQ")
_LOWER_HALF: Final = (1 << 64) - 1


def packed(data: bytes) -> bytes:
    """Return an answer as a sequence of blocks; an empty one has none."""
    return b"".join(_blocks(data))


def _blocks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), LARGEST):
        part = data[start : start + LARGEST]
        body = lz4.block.compress(part, store_size=False)
        block = _HEADER.pack(METHOD_LZ4, _HEADER.size + len(body), len(part)) + body
        yield _checksum(block) + block


def _checksum(block: bytes) -> bytes:
    checksum = CityHash128(block)
    # Two numbers of eight bytes, the library's upper half first.
    return _CHECKSUM.pack(checksum >> 64, checksum & _LOWER_HALF)


def unpacked(data: bytes, most: int) -> bytes:
    """Return what a sequence of blocks holds, at most `most` bytes. Raises SqlError."""
    parts: list[bytes] = []
    left, start = most, 0
    while start < len(data):
        begin = start + _CHECKSUM.size
        if len(data) < begin + _HEADER.size:
            raise _cut_off()
        method, size, length = _HEADER.unpack_from(data, begin)
        if size < _HEADER.size:
            raise refusal(Problem.CANNOT_DECOMPRESS, f"A block states a size of {size} bytes")
        # Before anything is unpacked: the stated length is what unpacking takes in memory.
        if length > left:
            words = f"The body has more than {most} bytes once unpacked"
            raise refusal(Problem.QUERY_IS_TOO_LARGE, words)
        if len(data) < begin + size:
            raise _cut_off()
        block = data[begin : begin + size]
        if data[start:begin] != _checksum(block):
            words = "Checksum doesn't match: corrupted data in a block of the body"
            raise refusal(Problem.CHECKSUM_DOESNT_MATCH, words)
        parts.append(_content(method, block[_HEADER.size :], length))
        left -= length
        start = begin + size
    return b"".join(parts)


def _content(method: int, body: bytes, length: int) -> bytes:
    if method == METHOD_LZ4:
        try:
            content = bytes(lz4.block.decompress(body, uncompressed_size=length))
        except lz4.block.LZ4BlockError as error:
            raise refusal(Problem.CANNOT_DECOMPRESS, f"No block of lz4: {error}") from None
    elif method == METHOD_ZSTD:
        content = unpacked_zstd(body, length)
    elif method == METHOD_NONE:
        content = body
    else:
        words = f"Unknown compression method {method:#04x}: 0x82 (LZ4), 0x90 (ZSTD), 0x02 (none)"
        raise refusal(Problem.UNKNOWN_COMPRESSION_METHOD, words)
    if len(content) != length:
        words = f"A block states {length} bytes and holds others"
        raise refusal(Problem.CANNOT_DECOMPRESS, words)
    return content


def _cut_off() -> SqlError:
    return refusal(Problem.CANNOT_READ_ALL_DATA, "The body ends within a block")
