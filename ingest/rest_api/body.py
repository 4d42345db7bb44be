"""Reads the body of a REST answer within a bound of memory."""

import zlib
from typing import Final

import aiohttp

MAX_BODY_BYTES: Final = 64 << 20
"""Limit with and without compression; the largest answer, spot's exchangeInfo, has some 15 MB."""
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32


class BodyError(Exception):
    """The body is too large or its compression is broken; the message says which."""


async def read_body(answer: aiohttp.ClientResponse) -> bytes:
    """Return the decompressed body of an answer that was requested without decompression.

    Raises BodyError, and what aiohttp raises for a connection that breaks.
    """
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_any():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise BodyError(f"the answer has more than {MAX_BODY_BYTES} bytes")
        parts.append(part)
    return decompressed(b"".join(parts), answer.headers.get("Content-Encoding", "identity"))


def decompressed(body: bytes, encoding: str, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Return a body without its compression. Raises BodyError."""
    kind = encoding.strip().lower()
    if kind in ("", "identity"):
        return body
    if kind not in ("gzip", "deflate"):
        raise BodyError(f"unknown Content-Encoding {encoding[:40]!r}")
    engine = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        plain = engine.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise BodyError(f"broken {kind}: {error}") from None
    if len(plain) > max_bytes:
        raise BodyError(f"the answer has more than {max_bytes} bytes once decompressed")
    if not engine.eof:
        raise BodyError(f"broken {kind}: it ends too early")
    return plain
