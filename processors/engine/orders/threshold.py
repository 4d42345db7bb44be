"""From which notional a level is a large order, by its side and its distance from mid.

Everything is relative to the symbol's own book: with all quantities times a factor the same levels
are large. The only absolute figures are the floors and the whale limit of the settings.
"""

from bisect import bisect_left
from itertools import accumulate, pairwise
from math import inf
from typing import NamedTuple

import msgspec
import numpy as np

from processors.engine.book.sides.standing import FloatArray, Standing
from schemas.settings import ThresholdMode, ThresholdSettings
from schemas.signals import Side
from schemas.units import BPS, SECOND_MS


class SideLevels(NamedTuple):
    """The levels of one side, from mid outwards: distance from mid in bps, and notional in USD."""

    distance_bps: FloatArray
    usd: FloatArray

    @classmethod
    def within(cls, standing: Standing, mid: float, reach: float) -> "SideLevels":
        """Return the levels up to `reach` (quote currency) away from mid."""
        distance = np.abs(standing.prices - mid)
        end = int(distance.searchsorted(reach, "right"))
        return cls(distance[:end] / mid * BPS, standing.usd[:end])

    def usd_within(self, distance_bps: float) -> float:
        """Return the notional up to a distance, added up outwards."""
        count = int(self.distance_bps.searchsorted(distance_bps, "right"))
        return float(self.usd[:count].cumsum()[-1]) if count else 0.0


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

    __slots__ = ("_asks", "_bids", "_distances", "_settings", "samples")

    def __init__(
        self, settings: ThresholdSettings, samples: list[ThresholdSample] | None = None
    ) -> None:
        self._settings = settings
        self.samples = samples or []
        """The samples within the window, oldest first; for the saved state."""
        self._distances = settings.distances_bps
        self._bids, self._asks = self._evaluate()

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

    def sample(self, now: int, bids: SideLevels, asks: SideLevels) -> None:
        """Look at the book at time `now` (ms); forget what is older than the window."""
        settings = self._settings
        quantiles = tuple(
            _quantile(held, settings.quantile) if len(held) else None
            for held in map(
                np.concatenate, zip(self._buckets(bids), self._buckets(asks), strict=True)
            )
        )
        depth_usd = bids.usd_within(settings.depth_bps), asks.usd_within(settings.depth_bps)
        self.samples.append(ThresholdSample(now, quantiles, depth_usd))
        oldest = now - settings.window_s * SECOND_MS
        while self.samples[0].time <= oldest:
            del self.samples[0]
        self._bids, self._asks = self._evaluate()

    def _buckets(self, side: SideLevels) -> list[FloatArray]:
        """Return the notionals of a side by distance bucket."""
        ends = side.distance_bps.searchsorted(self._distances, "right").tolist()
        return [side.usd[start:end] for start, end in pairwise((0, *ends))]

    def _evaluate(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return the thresholds of bids and asks by distance bucket, beyond the last included."""
        settings = self._settings
        count = len(settings.distances_bps)
        if settings.mode is ThresholdMode.ABSOLUTE:
            absolute = (settings.absolute_usd,) * (count + 1)
            return absolute, absolute
        if not self.samples:
            return (inf,) * (count + 1), (inf,) * (count + 1)
        raw = [
            settings.multiple * _median([sample.quantiles[number] for sample in self.samples])
            for number in range(count)
        ]
        near = list(accumulate(raw, max))
        return self._of_side(0, near), self._of_side(1, near)

    def _of_side(self, number: int, near: list[float]) -> tuple[float, ...]:
        settings = self._settings
        warm_ms = self.samples[-1].time - self.samples[0].time
        factor = 1.0 if warm_ms >= settings.warmup_s * SECOND_MS else settings.warmup_factor
        floor = settings.depth_share * _median([one.depth_usd[number] for one in self.samples])
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


def _median(figures: list[float | None] | list[float]) -> float:
    """Return the median of the figures that are known, 0 where none is."""
    known = sorted([figure for figure in figures if figure is not None])
    if not known:
        return 0.0
    middle = len(known) // 2
    return known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
