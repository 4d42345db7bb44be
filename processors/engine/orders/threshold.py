"""From which notional a level is a large order, by its side and its distance from mid.

Everything is relative to the symbol's own book: with all quantities times a factor the same levels
are large. The only absolute figures are the floors and the whale limit of the settings.
"""

from bisect import bisect_left
from itertools import accumulate
from math import fsum, inf
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.settings import ThresholdMode, ThresholdSettings
from schemas.signals import Side
from schemas.units import SECOND_MS

FloatArray = npt.NDArray[np.float64]


class SideLevels(NamedTuple):
    """The levels of one side, in no order: distance from mid in bps, and notional in USD."""

    distance_bps: FloatArray
    usd: FloatArray


class ThresholdSample(msgspec.Struct, frozen=True):
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

    __slots__ = ("_by_side", "_settings", "samples")

    def __init__(
        self, settings: ThresholdSettings, samples: list[ThresholdSample] | None = None
    ) -> None:
        self._settings = settings
        self.samples = samples or []
        """The samples within the window, oldest first; for the saved state."""
        self._by_side = self._evaluate()

    @property
    def value_usd(self) -> float:
        """The lowest threshold of both sides: that of levels next to mid."""
        return min(self._by_side[Side.BID][0], self._by_side[Side.ASK][0])

    def lowest(self, side: Side) -> float:
        """Return the threshold of a level next to mid, USD: no other of its side is lower."""
        return self._by_side[side][0]

    def at(self, side: Side, distance_bps: float) -> float:
        """Return the threshold of a level, USD. Beyond the last distance no level is large."""
        return self._by_side[side][bisect_left(self._settings.distances_bps, distance_bps)]

    def sample(self, now: int, bids: SideLevels, asks: SideLevels) -> None:
        """Look at the book at time `now` (ms); forget what is older than the window."""
        settings = self._settings
        distance = np.concatenate((bids.distance_bps, asks.distance_bps))
        usd = np.concatenate((bids.usd, asks.usd))
        bucket = np.searchsorted(np.array(settings.distances_bps), distance)
        quantiles = tuple(
            float(np.quantile(held, settings.quantile)) if len(held) else None
            for held in (usd[bucket == number] for number in range(len(settings.distances_bps)))
        )
        near = settings.depth_bps
        bid_usd, ask_usd = (fsum(s.usd[s.distance_bps <= near].tolist()) for s in (bids, asks))
        self.samples.append(ThresholdSample(now, quantiles, (bid_usd, ask_usd)))
        oldest = now - settings.window_s * SECOND_MS
        while self.samples[0].time <= oldest:
            del self.samples[0]
        self._by_side = self._evaluate()

    def _evaluate(self) -> dict[Side, tuple[float, ...]]:
        settings = self._settings
        count = len(settings.distances_bps)
        if settings.mode is ThresholdMode.ABSOLUTE:
            return dict.fromkeys(Side, (settings.absolute_usd,) * (count + 1))
        if not self.samples:
            return dict.fromkeys(Side, (inf,) * (count + 1))
        raw = [
            settings.multiple * _median([sample.quantiles[number] for sample in self.samples])
            for number in range(count)
        ]
        warm_ms = self.samples[-1].time - self.samples[0].time
        factor = 1.0 if warm_ms >= settings.warmup_s * SECOND_MS else settings.warmup_factor
        by_side: dict[Side, tuple[float, ...]] = {}
        for number, side in enumerate(Side):
            depth = _median([sample.depth_usd[number] for sample in self.samples])
            floor = settings.depth_share * depth
            lowest = max(settings.min_usd, settings.floor_usd or 0.0)
            near = (max(lowest, factor * max(floor, usd)) or inf for usd in accumulate(raw, max))
            by_side[side] = (*near, inf)
        return by_side


def _median(figures: list[float | None] | list[float]) -> float:
    """Return the median of the figures that are known, 0 where none is."""
    known = sorted(figure for figure in figures if figure is not None)
    if not known:
        return 0.0
    middle = len(known) // 2
    return known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
