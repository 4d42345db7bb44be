"""What a setting is judged by: one figure of the readings that it led to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compose.backtest.readings import GradedReadings
from dashboards.proof.mids import Floats, Ints

FEWEST_READINGS: Final = 10
"""A figure of fewer says nothing; the setting has no score."""

LEAST_SCORED: Final = 0.5
"""Share of the points that must have a score: the best of a few busy ones is not the best of all.
"""


class Measure(StrEnum):
    """The figure."""

    RATIO = "ratio"
    """Mean return over its standard deviation, both of one reading: the Sharpe ratio."""
    MEAN = "mean"
    """Mean return, bps."""
    NET = "net"
    """Mean return after half the spread and the fee at either end, bps."""


@dataclass(frozen=True)
class Chosen:
    """The readings that count, in order of time. Arrays of shape (readings,)."""

    told_ms: Ints
    bps: Floats

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.told_ms)


@dataclass(frozen=True, slots=True)
class Objective:
    """Which readings count, and the figure of them."""

    measure: Measure
    horizon_ms: int
    fee_bps: float
    """What a taker pays each way; counts in `NET` alone."""
    kind: str | None = None
    label: str | None = None

    @property
    def name(self) -> str:
        """Which readings count, in a few words."""
        what = " ".join(filter(None, (self.kind, self.label))) or "every reading"
        return f"{what} at {self.horizon_ms / 1_000:g} s"

    def choose(self, readings: Sequence[GradedReadings]) -> Chosen:
        """Return the readings that count."""
        own = [
            group
            for group in readings
            if group.horizon_ms == self.horizon_ms
            and self.kind in (None, group.kind)
            and self.label in (None, group.label)
        ]
        told = np.array([time for group in own for time in group.told_ms], dtype=np.int64)
        bps = np.array([value for group in own for value in group.return_bps], dtype=np.float64)
        if self.measure is Measure.NET:
            spread = [value for group in own for value in group.spread_bps]
            bps = bps - np.array(spread, dtype=np.float64) - 2 * self.fee_bps
        order = np.argsort(told, kind="stable")
        return Chosen(told[order], bps[order])

    def score(self, bps: Floats) -> float:
        """Return the figure of returns; NaN where there are too few, or where all are the same."""
        sums = np.array([[len(bps), bps.sum(), (bps**2).sum()]])
        return float(self.scores(sums)[0])

    def scores(self, sums: Floats) -> Floats:
        """Return the figures from (number, sum, sum of squares) of returns along the last axis."""
        count, total, squares = sums[..., 0], sums[..., 1], sums[..., 2]
        enough = count >= FEWEST_READINGS
        mean = total / np.maximum(count, 1)
        if self.measure is not Measure.RATIO:
            return np.where(enough, mean, np.nan)
        variance = squares / np.maximum(count, 1) - mean**2
        # What is left of equal numbers is rounding.
        spread = variance > 1e-12 * np.maximum(squares / np.maximum(count, 1), 1e-300)
        deviation = np.sqrt(np.where(spread, variance, 1.0))
        return np.where(enough & spread, mean / deviation, np.nan)


def are_enough(scores: Floats) -> NDArray[np.bool_]:
    """Return where enough of the points, along the last axis, have a score to choose the best."""
    known = np.count_nonzero(~np.isnan(scores), axis=-1)
    return np.asarray((known >= 1) & (known >= LEAST_SCORED * scores.shape[-1]))
