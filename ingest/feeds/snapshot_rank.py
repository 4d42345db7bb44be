"""Which books get their snapshots first when many wait for one. Pure."""

from enum import IntEnum
from typing import Final

MOST_SYMBOLS: Final = 1_000_000
"""More than any watch list holds."""


class Claim(IntEnum):
    """A book's claim to the next snapshot; smaller goes first."""

    HAS_LARGE_ORDERS = 0
    IN_STEP_BEFORE = 1
    NEW = 2


def snapshot_rank(place: int, *, was_in_step: bool, has_large_orders: bool) -> int:
    """Return the rank of a book by its claim, then by its `place` in the watch list."""
    claim = Claim.IN_STEP_BEFORE if was_in_step else Claim.NEW
    if has_large_orders:
        claim = Claim.HAS_LARGE_ORDERS
    return claim * MOST_SYMBOLS + place
