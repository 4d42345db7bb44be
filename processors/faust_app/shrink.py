"""Finds logs that end before what was already read of them, while the worker runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from faust.types import TP

from processors.shell.exact import beyond_end

ROUNDS: Final = 3
"""Looks in a row that have to agree: a new leader may for a moment report too low an end."""


class ShrinkDetector:
    """Compares positions with the ends of the logs, look by look. Pure.

    A broker that comes back without the end of a log does not always cause a rebalance. New records
    would then carry offsets that the reader takes for applied, and be skipped as repeated.
    """

    def __init__(self) -> None:
        self._looks: dict[TP, int] = {}

    def shrunken(self, positions: Mapping[TP, int], ends: Mapping[TP, int]) -> list[TP]:
        """Return the partitions that ended before their reader for `ROUNDS` looks, each once."""
        known = {tp: at for tp, at in positions.items() if tp in ends}
        self._looks = {tp: self._looks.get(tp, 0) + 1 for tp in beyond_end(known, ends)}
        found = sorted(tp for tp, looks in self._looks.items() if looks >= ROUNDS)
        for tp in found:
            del self._looks[tp]
        return found
