"""How states lie in their log: compressed the fast way, a large one the small way."""

import zlib
from typing import Final

import lz4.frame

LARGE_BYTES: Final = 500_000
"""A state of more is compressed again by deflate, which makes it a third smaller: a record of the
log holds a megabyte."""
DEFLATE_LEVEL: Final = 3
_LZ4_MAGIC: Final = b"\x04\x22\x4d\x18"
"""First bytes of an LZ4 frame; those of deflate are others."""


def compress(packed: bytes) -> bytes:
    """Return a state compressed.

    LZ4 takes a tenth of the time of deflate, which is more than all else about a state, for half as
    many bytes again (measured on the states of the captures).
    """
    compressed: bytes = lz4.frame.compress(packed, content_checksum=True)
    if len(compressed) <= LARGE_BYTES:
        return compressed
    return zlib.compress(packed, level=DEFLATE_LEVEL)


def uncompress(raw: bytes) -> bytes:
    """Return what was compressed, by earlier releases too: these deflated every state. Raises
    ValueError where that is not to be had."""
    try:
        if raw.startswith(_LZ4_MAGIC):
            packed: bytes = lz4.frame.decompress(raw)
            return packed
        return zlib.decompress(raw)
    except (RuntimeError, zlib.error) as error:
        # The first is what lz4 raises.
        raise ValueError(str(error)) from None
