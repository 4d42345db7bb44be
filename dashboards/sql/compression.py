"""Smaller on the way, as Content-Encoding has it. Of requests aiohttp unpacks all but lz4."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from typing import Final

import lz4.frame

from dashboards.sql.errors import Problem, refusal

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL: Final = 3

PACK: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda data: zstd.compress(data, LEVEL),
    "lz4": lambda data: bytes(lz4.frame.compress(data)),
    "gzip": lambda data: gzip.compress(data, LEVEL, mtime=0),
    "deflate": lambda data: zlib.compress(data, LEVEL),
}
"""By the names of Content-Encoding, best first."""


def encoding_for(accepted: str) -> str | None:
    """Return the best encoding of an Accept-Encoding header; None: send it as it is."""
    offered = set()
    for part in accepted.split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0"):
            offered.add(name.strip().lower())
    return next((name for name in PACK if name in offered), None)


def unpacked_lz4(data: bytes, most: int) -> bytes:
    """Return what the frame of a body with Content-Encoding: lz4 holds, or its first `most` + 1
    bytes. Raises SqlError."""
    engine = lz4.frame.LZ4FrameDecompressor()
    try:
        content = bytes(engine.decompress(data, max_length=most + 1))
    except RuntimeError as error:
        words = f"The body is no frame of lz4: {error}"
        raise refusal(Problem.CANNOT_DECOMPRESS, words) from None
    if len(content) <= most and not engine.eof:
        raise refusal(Problem.CANNOT_DECOMPRESS, "The body ends within a frame of lz4")
    return content


def unpacked_zstd(data: bytes, most: int) -> bytes:
    """Return the content of a frame, or its first `most` + 1 bytes. Raises SqlError."""
    try:
        return zstd.ZstdDecompressor().decompress(data, max_length=most + 1)
    except zstd.ZstdError as error:
        raise refusal(Problem.CANNOT_DECOMPRESS, f"No frame of zstd: {error}") from None
