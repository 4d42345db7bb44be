"""How sure an effect is, by resampling blocks of time: neighbouring readings share moves."""

from typing import Final, NamedTuple

import numpy as np

from dashboards.proof.mids import Floats, Ints
from schemas.units import SECOND_MS

FEWEST_BLOCKS: Final = 10
"""An interval from fewer says less than it seems to."""
MOST_BLOCKS: Final = 500
LEAST_BLOCK_MS: Final = 60 * SECOND_MS
RESAMPLES: Final = 4_000
LEVEL: Final = 0.95


class Interval(NamedTuple):
    """The mean of an effect with what it may as well be, bps."""

    mean: float
    low: float
    high: float
    p: float
    """How often resampled blocks lie as far from their own mean as this one from zero."""


def block_ms(horizon_ms: int, span_ms: int) -> int:
    """Return the length of a block: longer than two horizons, and few enough blocks to resample."""
    return max(2 * horizon_ms, LEAST_BLOCK_MS, -(-span_ms // MOST_BLOCKS))


def blocks_of(told_ms: Ints, length_ms: int) -> Ints:
    """Return the number of each reading's block, from 0 without holes."""
    return np.unique(told_ms // length_ms, return_inverse=True)[1].astype(np.int64)


def bootstrap(
    effects: Floats, blocks: Ints, random: np.random.Generator, weights: Floats | None = None
) -> Interval:
    """Return the mean, or with `weights` the sum of the effects by that of the weights, with a
    studentised bootstrap interval over blocks (Efron & Tibshirani 1993, chapter 12): with few
    blocks its cover is nearer to what it says than that of percentiles."""
    count = int(blocks.max()) + 1
    totals = np.bincount(blocks, effects, count)
    sizes = np.bincount(blocks, weights, count).astype(np.float64)
    parts = np.stack([totals, sizes, totals**2, totals * sizes, sizes**2], axis=1)
    mean, error = _mean_and_error(parts.sum(axis=0)[None, :], count)
    if error[0] == 0.0:
        return Interval(float(mean[0]), float(mean[0]), float(mean[0]), 1.0)
    drawn = random.multinomial(count, np.full(count, 1.0 / count), RESAMPLES)
    means, errors = _mean_and_error(drawn.astype(np.float64) @ parts, count)
    spread = errors > 0
    ratios = (means[spread] - mean[0]) / errors[spread]
    low, high = np.quantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    beyond = int((np.abs(ratios) >= abs(mean[0] / error[0])).sum())
    return Interval(
        float(mean[0]),
        float(mean[0] - high * error[0]),
        float(mean[0] - low * error[0]),
        (1 + beyond) / (1 + len(ratios)),
    )


def _mean_and_error(parts: Floats, count: int) -> tuple[Floats, Floats]:
    """Return mean and standard error from sums over blocks: a ratio estimator, linearised."""
    totals, sizes, squares, mixed, size_squares = parts.T
    means = totals / sizes
    rest = squares - 2 * means * mixed + means**2 * size_squares
    variance = np.maximum(rest, 0.0) / sizes**2 * count / (count - 1)
    return means, np.sqrt(variance)


def benjamini_hochberg(p: Floats) -> Floats:
    """Return the false discovery rate at which each would be called (Benjamini & Hochberg 1995)."""
    if not len(p):
        return p
    order = np.argsort(p)[::-1]
    ranks = np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum.accumulate(p[order] * len(p) / ranks)
    return np.minimum(found, 1.0)
