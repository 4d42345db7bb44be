"""The median of figures that come and go one by one."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable


class RollingMedian:
    """Keeps the known figures in order; one more, or one less, costs no sorting."""

    __slots__ = ("_known",)

    def __init__(self, figures: Iterable[float | None]) -> None:
        """Begin with some figures; None is one that is not known."""
        self._known = sorted(figure for figure in figures if figure is not None)

    @property
    def value(self) -> float:
        """The median of the figures that are known, 0 where none is."""
        known = self._known
        if not known:
            return 0.0
        middle = len(known) // 2
        return known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2

    def add(self, figure: float | None) -> None:
        """Take a figure in."""
        if figure is not None:
            insort(self._known, figure)

    def remove(self, figure: float | None) -> None:
        """Leave out one that was taken in."""
        if figure is not None:
            del self._known[bisect_left(self._known, figure)]
