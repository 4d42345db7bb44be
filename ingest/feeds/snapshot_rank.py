"""Order in which waiting books get their snapshots. Pure."""

from enum import IntEnum
from typing import Final

MOST_SYMBOLS: Final = 1_000_000
"""Larger than any watch list."""


class Claim(IntEnum):
    """Priority of a book for the next snapshot; smaller goes first."""

    HAS_LARGE_ORDERS = 0
    IN_STEP_BEFORE = 1
    NEW = 2
    FAILING = 3
    """It was asked for again and again, and its book is still not in step."""


def snapshot_rank(
    place: int, *, was_in_step: bool, has_large_orders: bool, is_failing: bool = False
) -> int:
    """Return the rank of a book: its priority, then its `place` in the watch list."""
    claim = Claim.IN_STEP_BEFORE if was_in_step else Claim.NEW
    if has_large_orders:
        claim = Claim.HAS_LARGE_ORDERS
    if is_failing:
        claim = Claim.FAILING
    return claim * MOST_SYMBOLS + place
