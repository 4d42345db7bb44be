"""The checksum with which OKX proved a book until June 2026. Pure.

Source: https://www.okx.com/docs-v5/en/ (Order book channel, Checksum).
"""

import zlib
from collections.abc import Sequence
from typing import Final

PROVED_LEVELS: Final = 25
"""Best levels a side that it covers."""
_SIGN: Final = 2**31


def checksum(bids: Sequence[tuple[str, str]], asks: Sequence[tuple[str, str]]) -> int:
    """Return the CRC-32, as a signed number, of price and quantity of the best levels, best first,
    bid and ask in turn, as they are written in the frames."""
    parts = [
        f"{price}:{qty}"
        for place in range(PROVED_LEVELS)
        for price, qty in (side[place] for side in (bids, asks) if place < len(side))
    ]
    crc = zlib.crc32(":".join(parts).encode())
    return crc - 2 * _SIGN if crc >= _SIGN else crc
