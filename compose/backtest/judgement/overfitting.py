"""The probability that the best of many settings is best by chance alone.

Combinatorially symmetric cross-validation: D. H. Bailey, J. M. Borwein, M. López de Prado and
Q. J. Zhu, "The Probability of Backtest Overfitting", *Journal of Computational Finance* 20(4),
2017 (SSRN 2326253, 2015). History is cut into an even number of slices; every half of them is in
sample once, the other half out of sample. How often does the best point in sample lie in the lower
half out of sample?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from compose.backtest.judgement.objective import Chosen, Objective, are_enough
from compose.backtest.judgement.splits import cuts, within
from dashboards.proof.mids import Floats, Ints

LEAST_JUDGED: Final = 0.5
"""Share of the splits that must have enough readings on both sides."""
CHUNK: Final = 4_000_000
"""Sums at a time: bounds the memory."""


@dataclass(frozen=True, slots=True)
class Overfitting:
    """What all splits come to."""

    probability: float
    """Share of the splits whose best point in sample is not above the median out of sample."""
    splits: int
    """How many were judged."""
    slices: int
    in_score: float
    """Mean score of the best points in sample,"""
    out_score: float
    """and of the same points out of sample."""
    loss: float
    """Share of the splits in which that is below 0."""


def overfitting(
    points: Sequence[Chosen], objective: Objective, slices: int, embargo_ms: int
) -> Overfitting | None:
    """Judge the choice of the best of `points`; `slices` is even.

    A reading whose horizon crosses the end of its slice, or that was told within `embargo_ms` after
    its beginning, counts on neither side. A split is judged where half of the points have a score
    on either side. None for fewer than two points, and where too few splits are judged.
    """
    if len(points) < 2:
        return None
    sums = _sums(points, objective.horizon_ms, cuts(points, slices), embargo_ms)
    halves = _halves(slices)
    per_chunk = max(1, CHUNK // sums[0].size)
    judged = [
        _judged(halves[first : first + per_chunk], sums, objective)
        for first in range(0, len(halves), per_chunk)
    ]
    in_score, out_score, rank = np.concatenate(judged, axis=1)
    if len(rank) < LEAST_JUDGED * len(halves):
        return None
    return Overfitting(
        float((rank <= 0.5).mean()),
        len(rank),
        slices,
        float(in_score.mean()),
        float(out_score.mean()),
        float((out_score < 0).mean()),
    )


def _sums(points: Sequence[Chosen], horizon_ms: int, edges: Ints, embargo_ms: int) -> Floats:
    """Return (number, sum, sum of squares) by slice and point. Shape (slices, points, 3)."""
    spans = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    found = np.zeros((len(spans), len(points), 3))
    for place, (begin, end) in enumerate(spans):
        for number, point in enumerate(points):
            own = point.bps[within(point.told_ms, horizon_ms, begin, end, embargo_ms)]
            found[place, number] = len(own), own.sum(), (own**2).sum()
    return found


def _halves(slices: int) -> Floats:
    """Return every choice of half of the slices as zeros and ones. Shape (splits, slices)."""
    chosen = np.array(list(combinations(range(slices), slices // 2)))
    found = np.zeros((len(chosen), slices))
    np.put_along_axis(found, chosen, 1.0, axis=1)
    return found


def _judged(halves: Floats, sums: Floats, objective: Objective) -> Floats:
    """Return score in sample, score out of sample and relative rank out of sample of the best point
    of each split that can be judged. Shape (3, splits)."""
    inside = objective.scores(np.tensordot(halves, sums, axes=1))
    outside = objective.scores(np.tensordot(1.0 - halves, sums, axes=1))
    known = are_enough(inside) & are_enough(outside)
    inside, outside = inside[known], outside[known]
    best = np.nanargmax(inside, axis=1) if len(inside) else np.empty(0, dtype=np.int64)
    row = np.arange(len(inside))
    out_score = outside[row, best]
    others = np.count_nonzero(~np.isnan(outside), axis=1)
    # Of equal scores each has the middle of their ranks.
    below = (outside < out_score[:, None]).sum(axis=1)
    equal = (outside == out_score[:, None]).sum(axis=1)
    rank = (below + (equal + 1) / 2) / (others + 1)
    judged = ~np.isnan(out_score) & (others >= 2)
    return np.stack([inside[row, best], out_score, rank])[:, judged]
