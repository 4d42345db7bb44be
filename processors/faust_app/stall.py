"""Finds partitions that stand still although their log has more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from faust.types import TP

STALL_S: Final = 5.0
"""Where nothing at all moves."""
BUSY_FACTOR: Final = 12.0
"""A partition may wait this many times longer while others are being worked on."""


class StallDetector:
    """Compares positions over time. Pure: the caller brings the clock.

    Faust can drop fetched records during a rebalance. The next delivery shows that as a gap, but
    where nothing more is produced there is no next delivery.
    """

    def __init__(self, stall_s: float = STALL_S) -> None:
        self._stall_s = stall_s
        self._moved_at: dict[TP, tuple[int, float]] = {}
        self._busy_at = 0.0

    def stalled(
        self, now_s: float, positions: Mapping[TP, int], ends: Mapping[TP, int]
    ) -> dict[TP, int]:
        """Return the partitions that had more to read for `stall_s` and did not move.

        Each is reported once in that time. A partition that waits while the worker is busy with
        others is not taken for a stalled one so soon.
        """
        busy = any(
            position != self._moved_at.get(tp, (position, now_s))[0]
            for tp, position in positions.items()
        )
        if busy:
            self._busy_at = now_s
        idle = now_s - self._busy_at >= self._stall_s
        patience = self._stall_s if idle else self._stall_s * BUSY_FACTOR
        found: dict[TP, int] = {}
        moved: dict[TP, tuple[int, float]] = {}
        for tp, position in positions.items():
            before, since = self._moved_at.get(tp, (position, now_s))
            if position != before or position >= ends.get(tp, position):
                since = now_s
            elif now_s - since >= patience:
                found[tp] = position
                since = now_s
            moved[tp] = (position, since)
        self._moved_at = moved
        return found
