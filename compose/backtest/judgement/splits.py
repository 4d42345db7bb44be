"""Cuts of history, and which readings lie wholly on one side of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compose.backtest.judgement.objective import Chosen
from dashboards.proof.mids import Ints
from schemas.units import NEVER_MS

Mask = NDArray[np.bool_]


def cuts(points: Sequence[Chosen], parts: int) -> Ints:
    """Return the times (ms) at which `parts` parts begin and the last one ends: as many readings of
    all points together in each, whatever time lies between captures. Shape (parts + 1,)."""
    told = np.sort(np.concatenate([point.told_ms for point in points]))
    if not len(told):
        return np.zeros(parts + 1, dtype=np.int64)
    inner = told[len(told) * np.arange(1, parts) // parts]
    return np.array([told[0], *inner, NEVER_MS], dtype=np.int64)


def within(told_ms: Ints, horizon_ms: int, begin_ms: int, end_ms: int, embargo_ms: int = 0) -> Mask:
    """Return which readings belong to [begin, end) alone.

    Purge: none whose horizon is not over at the end. Embargo: none told before `embargo_ms` after
    the beginning, whose price still carries what was before it (López de Prado, *Advances in
    Financial Machine Learning*, 2018, chapter 7).
    """
    return (told_ms >= begin_ms + embargo_ms) & (told_ms + horizon_ms <= end_ms)
