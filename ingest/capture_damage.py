"""What is wrong with a compressed capture that does not end as it should, and what of it is of use.

One that was cut off ends early and is sound up to there. In one that was damaged everything after
that place may be wrong, even where it can be uncompressed: the check sum stands at the very end.
"""

import gzip
import mmap
import re
import zlib
from pathlib import Path
from typing import Final

from ingest.errors import IngestError

PART_BEGIN: Final = b"\x1f\x8b\x08"
_FIRST_LINE: Final = re.compile(rb"\d{19} \{")
_LOOKED_AT: Final = 1 << 14
"""Compressed bytes in which the first line of a part begins."""
_CHUNK_BYTES: Final = 1 << 18


def is_sound_to_its_end(file: gzip.GzipFile) -> bool:
    """Tell whether the rest can be read and the check sum is right."""
    try:
        while file.read1(_CHUNK_BYTES):
            pass
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return False
    return True


def damaged(
    path: Path, lines: int, odd_line: int, newest_ns: int, error: Exception | None
) -> IngestError:
    """Return what is told of a damaged file.

    `lines`: how many were read; `odd_line`: the first that no recorder writes, 0: none;
    `newest_ns`: when the newest before it was received; `error`: what uncompressing said.
    """
    sound = odd_line - 1 if odd_line else lines
    if odd_line:
        place = f"at line {odd_line}"
    elif isinstance(error, gzip.BadGzipFile):
        place = f"somewhere in its {lines} lines"
    else:
        place = f"after line {lines}"
    why = str(error or "what follows are no lines of a capture")
    cure = f"keep what looks sound: zcat {path.name} | head -n {sound} > sound.txt"
    begin = _later_part(path, newest_ns)
    if begin is not None:
        cure += f", and the part from byte {begin} on: tail -c +{begin + 1} {path.name} > rest.gz"
    return IngestError(
        f"capture {path}: damaged {place} ({why}); fetch or record it again, or {cure}"
    )


def _later_part(path: Path, newest_ns: int) -> int | None:
    """Return where a part begins that was appended to the damaged one, as `cat` does."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        begin = content.find(PART_BEGIN, 1)
        while begin >= 0:
            first = _first_bytes(content[begin : begin + _LOOKED_AT])
            if _FIRST_LINE.match(first) and int(first[:19]) >= newest_ns:
                return begin
            begin = content.find(PART_BEGIN, begin + 1)
    return None


def _first_bytes(part: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(part, 32)
    except zlib.error:
        return b""
