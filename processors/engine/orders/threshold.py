"""From which notional a level is a large order, by its side and its distance from mid.

Everything is relative to the symbol's own book: with all quantities times a factor the same levels
are large. The only absolute figures are the floors and the whale limit of the settings.
"""

from bisect import bisect_left
from itertools import accumulate
from math import inf

import msgspec
import numpy as np

from processors.engine.book.sides.rings import Rings
from processors.engine.book.sides.standing import FloatArray
from processors.engine.orders.rolling_median import RollingMedian
from schemas.settings import ThresholdMode, ThresholdSettings
from schemas.signals import Side
from schemas.units import BPS, SECOND_MS


class Sampling(msgspec.Struct, frozen=True, gc=False):
    """What of the settings a sample depends on: one that was taken by others is of no use."""

    distances_bps: tuple[float, ...]
    quantile: float
    depth_bps: float

    @classmethod
    def by(cls, settings: ThresholdSettings) -> "Sampling":
        """Return what these settings say."""
        return cls(settings.distances_bps, settings.quantile, settings.depth_bps)


class ThresholdSample(msgspec.Struct, frozen=True, gc=False):
    """What one look at the book gave."""

    time: int
    quantiles: tuple[float | None, ...]
    """Quantile of the notionals of both sides within each distance bucket, USD; None: no level."""
    depth_usd: tuple[float, float]
    """Notional near mid of bids and asks."""


class RollingThreshold:
    """Medians over the samples of the last `window_s` seconds.

    A bucket's threshold is `multiple` times the median of its quantiles, at least that of the
    buckets nearer to mid, so that what is parked far away never hides what stands near. None is
    below `depth_share` of the median depth of its side near mid.
    """

    __slots__ = ("_asks", "_bids", "_depths", "_distances", "_quantiles", "_settings", "samples")

    def __init__(
        self,
        settings: ThresholdSettings,
        samples: list[ThresholdSample] | None = None,
        sampling: Sampling | None = None,
    ) -> None:
        """Begin with samples that were taken by `sampling`; None: by settings that are not known,
        as in states of earlier releases. Without any where these settings sample otherwise."""
        self._settings = settings
        self._distances = settings.distances_bps
        self.samples = samples if samples and self._fit(samples, sampling) else []
        """The samples within the window, oldest first; for the saved state."""
        self._quantiles = [
            RollingMedian(sample.quantiles[number] for sample in self.samples)
            for number in range(len(self._distances))
        ]
        self._depths = [
            RollingMedian(sample.depth_usd[number] for sample in self.samples)
            for number in range(2)
        ]
        self._bids, self._asks = self._evaluate()

    @property
    def sampling(self) -> Sampling:
        """By what the samples were taken; for the saved state."""
        return Sampling.by(self._settings)

    @property
    def value_usd(self) -> float:
        """The lowest threshold of both sides: that of levels next to mid."""
        return min(self._bids[0], self._asks[0])

    @property
    def lowest_usd(self) -> tuple[float, float]:
        """The thresholds of a bid and of an ask next to mid: no other of its side is lower."""
        return self._bids[0], self._asks[0]

    def at(self, side: Side, distance_bps: float) -> float:
        """Return the threshold of a level, USD. Beyond the last distance no level is large."""
        by_bucket = self._bids if side is Side.BID else self._asks
        return by_bucket[bisect_left(self._distances, distance_bps)]

    def at_price(self, side: Side, price: float, mid: float | None) -> float:
        """Return the threshold of a level at `price` while mid is `mid`, USD."""
        return self.at(side, distance_bps(price, mid))

    def sample(self, now: int, bids: Rings, asks: Rings) -> None:
        """Look at the book at time `now` (ms), at the rings that end at `distances_bps` and at the
        depth within `depth_bps`; forget what is older than the window."""
        settings = self._settings
        quantiles = tuple(
            _quantile(held, settings.quantile) if len(held) else None
            for held in map(np.concatenate, zip(bids.usd, asks.usd, strict=True))
        )
        self._take_in(ThresholdSample(now, quantiles, (bids.near_usd, asks.near_usd)))
        oldest = now - settings.window_s * SECOND_MS
        while self.samples[0].time <= oldest:
            self._leave_out(self.samples.pop(0))
        self._bids, self._asks = self._evaluate()

    def _take_in(self, sample: ThresholdSample) -> None:
        self.samples.append(sample)
        for median, figure in zip(self._quantiles, sample.quantiles, strict=True):
            median.add(figure)
        for median, depth_usd in zip(self._depths, sample.depth_usd, strict=True):
            median.add(depth_usd)

    def _leave_out(self, sample: ThresholdSample) -> None:
        for median, figure in zip(self._quantiles, sample.quantiles, strict=True):
            median.remove(figure)
        for median, depth_usd in zip(self._depths, sample.depth_usd, strict=True):
            median.remove(depth_usd)

    def _fit(self, samples: list[ThresholdSample], sampling: Sampling | None) -> bool:
        if sampling is not None:
            return sampling == self.sampling
        return all(len(sample.quantiles) == len(self._distances) for sample in samples)

    def _evaluate(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return the thresholds of bids and asks by distance bucket, beyond the last included."""
        settings = self._settings
        count = len(settings.distances_bps)
        if settings.mode is ThresholdMode.ABSOLUTE:
            absolute = (settings.absolute_usd,) * (count + 1)
            return absolute, absolute
        if not self.samples:
            return (inf,) * (count + 1), (inf,) * (count + 1)
        raw = [settings.multiple * median.value for median in self._quantiles]
        near = list(accumulate(raw, max))
        return self._of_side(0, near), self._of_side(1, near)

    def _of_side(self, number: int, near: list[float]) -> tuple[float, ...]:
        settings = self._settings
        warm_ms = self.samples[-1].time - self.samples[0].time
        factor = 1.0 if warm_ms >= settings.warmup_s * SECOND_MS else settings.warmup_factor
        floor = settings.depth_share * self._depths[number].value
        lowest = max(settings.min_usd, settings.floor_usd or 0.0)
        return (*(max(lowest, factor * max(floor, usd)) or inf for usd in near), inf)


def distance_bps(price: float, mid: float | None) -> float:
    """Return how far a price is from mid, bps; 0 where there is no mid."""
    return abs(price - mid) / mid * BPS if mid is not None else 0.0


def _quantile(figures: FloatArray, share: float) -> float:
    """Return a quantile, interpolated between the two nearest figures as `np.quantile` does. The
    figures are put in another order."""
    rank = share * (len(figures) - 1)
    low = int(rank)
    high = min(low + 1, len(figures) - 1)
    figures.partition((low, high))
    below, above, part = float(figures[low]), float(figures[high]), rank - low
    step = above - below
    return above - step * (1 - part) if part >= 0.5 else below + step * part
