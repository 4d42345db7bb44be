"""Finds partitions that stand still although their log has more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from faust.types import TP

STALL_S: Final = 5.0


class StallDetector:
    """Compares positions over time. Pure: the caller brings the clock.

    Faust can drop fetched records during a rebalance. The next delivery shows that as a gap, but
    where nothing more is produced there is no next delivery.
    """

    def __init__(self, stall_s: float = STALL_S) -> None:
        self._stall_s = stall_s
        self._moved_at: dict[TP, tuple[int, float]] = {}

    def stalled(
        self, now_s: float, positions: Mapping[TP, int], ends: Mapping[TP, int]
    ) -> dict[TP, int]:
        """Return the partitions that had more to read for `stall_s` and did not move.

        Each is reported once per `stall_s`.
        """
        found: dict[TP, int] = {}
        moved: dict[TP, tuple[int, float]] = {}
        for tp, position in positions.items():
            before, since = self._moved_at.get(tp, (position, now_s))
            if position != before or position >= ends.get(tp, position):
                since = now_s
            elif now_s - since >= self._stall_s:
                found[tp] = position
                since = now_s
            moved[tp] = (position, since)
        self._moved_at = moved
        return found
