"""Walk-forward: the best point of the past, judged by what came next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compose.backtest.judgement.objective import Chosen, Objective, are_enough
from compose.backtest.judgement.splits import cuts, within
from dashboards.proof.mids import Floats


@dataclass(frozen=True, slots=True)
class Fold:
    """One cut. Scores are NaN where there are too few readings."""

    cut_ms: int
    """Before it is in sample, after it out of sample."""
    point: int
    """Number of the point that was best in sample."""
    in_score: float
    out_score: float
    out_readings: int
    configured_score: float
    """Out of sample, of the first point: the settings as configured."""


@dataclass(frozen=True, slots=True)
class WalkForward:
    """All folds, and what they come to together."""

    folds: Sequence[Fold]
    embargo_ms: int
    in_score: float
    """Mean over the folds."""
    out_score: float
    """Of the readings of all folds together, each under the point chosen before it."""
    out_readings: int
    configured_score: float
    """Of the same stretches under the settings as configured."""
    configured_readings: int


def walk_forward(
    points: Sequence[Chosen], objective: Objective, folds: int, embargo_ms: int
) -> WalkForward | None:
    """Choose on all that lies before each of `folds` cuts, judge on what lies up to the next one.

    In sample is no reading whose horizon crosses the cut, out of sample none told within
    `embargo_ms` after it. A cut before which less than half of the points have a score is left out;
    None where that is every one.
    """
    edges = cuts(points, folds + 1)
    found: list[Fold] = []
    returns: list[Floats] = []
    configured: list[Floats] = []
    for cut, end in zip(edges[1:-1].tolist(), edges[2:].tolist(), strict=True):
        best, in_score = _best(points, objective, int(edges[0]), cut)
        if best is None:
            continue
        after = [
            point.bps[within(point.told_ms, objective.horizon_ms, cut, end, embargo_ms)]
            for point in (points[best], points[0])
        ]
        scores = [objective.score(bps) for bps in after]
        found.append(Fold(cut, best, in_score, scores[0], len(after[0]), scores[1]))
        returns.append(after[0])
        configured.append(after[1])
    if not found:
        return None
    together, as_configured = np.concatenate(returns), np.concatenate(configured)
    return WalkForward(
        found,
        embargo_ms,
        float(np.mean([fold.in_score for fold in found])),
        objective.score(together),
        len(together),
        objective.score(as_configured),
        len(as_configured),
    )


def _best(
    points: Sequence[Chosen], objective: Objective, begin_ms: int, cut_ms: int
) -> tuple[int | None, float]:
    scores = np.array(
        [
            objective.score(
                point.bps[within(point.told_ms, objective.horizon_ms, begin_ms, cut_ms)]
            )
            for point in points
        ]
    )
    if not are_enough(scores):
        return None, float("nan")
    best = int(np.nanargmax(scores))
    return best, float(scores[best])
