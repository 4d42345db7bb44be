"""A latency histogram of constant size."""

from __future__ import annotations

import math
from typing import Final

_GROWTH: Final = 1.1
"""Ratio of neighbouring bucket limits: a quantile is right within 10 %."""
_SMALLEST_MS: Final = 0.1
_BUCKETS: Final = 160
"""Up to 0.1 ms x 1.1 ** 160, about 7 minutes."""
STEP: Final = 4
"""Buckets that count as one where limits are written out: each is half as large again as the one
before."""


class LatencyHistogram:
    """Counts durations in buckets that grow geometrically."""

    def __init__(self) -> None:
        self._counts = [0] * (_BUCKETS + 1)
        self._total = 0
        self._sum_ms = 0.0

    @property
    def count(self) -> int:
        """Number of durations added."""
        return self._total

    def add(self, milliseconds: float) -> None:
        """Count one duration. A negative one, which a clock step can cause, counts as the least."""
        bucket = 0
        if milliseconds > _SMALLEST_MS:
            bucket = min(math.ceil(math.log(milliseconds / _SMALLEST_MS, _GROWTH)), _BUCKETS)
        self._counts[bucket] += 1
        self._total += 1
        self._sum_ms += milliseconds

    @property
    def sum_ms(self) -> float:
        """Sum of the durations."""
        return self._sum_ms

    def cumulative(self) -> list[tuple[float, int]]:
        """Return (upper limit, ms; durations up to it) of every `STEP`th bucket, ascending.

        The last limit is infinite.
        """
        found: list[tuple[float, int]] = []
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if bucket % STEP == 0 and bucket < _BUCKETS:
                found.append((_SMALLEST_MS * _GROWTH**bucket, seen))
        return [*found, (math.inf, seen)]

    def quantile(self, share: float) -> float | None:
        """Return the upper limit, ms, of the bucket that holds the quantile; None when empty."""
        if not self._total:
            return None
        rank = max(1, math.ceil(share * self._total))
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen >= rank:
                return round(_SMALLEST_MS * _GROWTH**bucket, 3)
        raise AssertionError("the counts add up to the total")
