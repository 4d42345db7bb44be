"""The adaptive large-order threshold: a rolling quantile of level notionals near mid."""

from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.settings import ThresholdMode, ThresholdSettings

BUCKET_RATIO: Final = 1.05
"""Notionals are counted in buckets 5 % wide: the quantile is exact to within one bucket."""
LOWEST_USD: Final = 100.0
BUCKETS: Final = 400
"""Buckets from 100 USD to about 30 billion."""

FloatArray = npt.NDArray[np.float64]


class RollingThreshold:
    """Counts of level notionals, one sample every `sample_s`, over the last `window_s` seconds."""

    __slots__ = ("_counts", "_samples", "_settings", "value_usd")

    def __init__(
        self, settings: ThresholdSettings, samples: list[tuple[int, bytes]] | None = None
    ) -> None:
        self._settings = settings
        self._samples = samples or []
        self._counts = np.zeros(BUCKETS, dtype=np.int64)
        for _, counts in self._samples:
            self._counts += np.frombuffer(counts, dtype=np.uint16)
        self.value_usd = self._evaluate()

    @property
    def samples(self) -> list[tuple[int, bytes]]:
        """The samples as (time in ms, 16-bit bucket counts), for the saved state."""
        return self._samples

    def sample(self, now: int, notionals_usd: FloatArray) -> None:
        """Add the notionals of all levels within the band at time `now` (ms); drop what is old."""
        index = np.log(np.maximum(notionals_usd, LOWEST_USD) / LOWEST_USD) / log(BUCKET_RATIO)
        clipped = np.minimum(index.astype(np.int64), BUCKETS - 1)
        counts = np.bincount(clipped, minlength=BUCKETS).astype(np.uint16)
        self._counts += counts
        self._samples.append((now, counts.tobytes()))
        oldest = now - self._settings.window_s * 1_000
        while self._samples[0][0] <= oldest:
            self._counts -= np.frombuffer(self._samples.pop(0)[1], dtype=np.uint16)
        self.value_usd = self._evaluate()

    def _evaluate(self) -> float:
        settings = self._settings
        if settings.mode is ThresholdMode.ABSOLUTE:
            return settings.absolute_usd
        warm = (
            len(self._samples) > 1
            and self._samples[-1][0] - self._samples[0][0] >= settings.warmup_s * 1_000
        )
        if not warm:
            return min(settings.absolute_usd, settings.floor_usd * settings.multiple)
        adaptive = max(settings.floor_usd, settings.multiple * self._quantile())
        return min(settings.absolute_usd, adaptive)

    def _quantile(self) -> float:
        """Return the upper edge of the bucket that holds the quantile, USD."""
        cumulative = np.cumsum(self._counts)
        rank = self._settings.quantile * cumulative[-1]
        bucket = int(np.searchsorted(cumulative, rank))
        return float(LOWEST_USD * BUCKET_RATIO ** (bucket + 1))
