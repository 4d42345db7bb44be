"""The changes of mid from one full second to the next."""

from itertools import pairwise
from math import sqrt
from typing import Final

from processors.engine.plain_sum import plain_sum
from schemas.units import BPS, SECOND_MS

FEWEST_STEPS: Final = 5
"""Mids of fewer seconds say nothing of how restless the market is."""


class MidSteps:
    """The steps between mids (time in ms, mid) that follow each other by a second: what a state
    remembers as mids, without dividing all of them anew every second."""

    __slots__ = ("_bps", "_last", "_since")

    def __init__(self, mids: list[tuple[int, float]]) -> None:
        """Begin with the mids that are remembered, oldest first."""
        self._since: list[int] = []
        self._bps: list[float] = []
        self._last = mids[0] if mids else None
        for _, (time, mid) in pairwise(mids):
            self.add(time, mid)

    def add(self, time: int, mid: float) -> None:
        """Take the mid of a full second."""
        if self._last is not None:
            since, before = self._last
            if time - since == SECOND_MS:
                self._since.append(since)
                self._bps.append((mid - before) / before * BPS)
        self._last = time, mid

    def forget_before(self, time: int) -> None:
        """Drop the steps that began before `time` (ms)."""
        while self._since and self._since[0] < time:
            del self._since[0], self._bps[0]

    def clear(self) -> None:
        """Forget everything: the book was lost."""
        self._since.clear()
        self._bps.clear()
        self._last = None

    def sigma_bps(self) -> float:
        """Return the standard deviation of the steps, bps; 0 while there are too few."""
        steps = self._bps
        if len(steps) < FEWEST_STEPS:
            return 0.0
        mean = plain_sum(steps) / len(steps)
        return sqrt(plain_sum([(step - mean) ** 2 for step in steps]) / len(steps))
