"""Precision, recall and F1 of the six classes with intervals over the runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from compose.evaluation.hard.measure.matching import Outcome
from compose.evaluation.injection.episode import CLASSES
from schemas.signals import Classification

LABELS: Final = (*CLASSES, Classification.UNKNOWN)
RESAMPLES: Final = 2_000
BOOTSTRAP_SEED: Final = 1
SCORED: Final = len(CLASSES)

Counts = npt.NDArray[np.float64]


def class_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return macro F1 and the classes' scores; the runs (tape and seed) are what is resampled."""
    by_run = _by_run(outcomes)
    random = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = random.integers(0, len(by_run), size=(RESAMPLES, len(by_run)))
    weights = np.stack([np.bincount(row, minlength=len(by_run)) for row in drawn])
    samples = np.einsum("rn,nij->rij", weights, by_run)
    total = by_run.sum(axis=0)[None]
    f1, spread = _f1(total)[0], _f1(samples)
    precision, recall = _precision(total)[0], _recall(total)[0]
    return {
        "macro_f1": _interval(float(f1.mean()), spread.mean(axis=1)),
        "classes": {
            name.value: {
                "f1": _interval(float(f1[place]), spread[:, place]),
                "precision": round(float(precision[place]), 4),
                "recall": round(float(recall[place]), 4),
                "stories": int(total[0, place].sum()),
            }
            for place, name in enumerate(CLASSES)
        },
        "confusion": {
            name.value: {
                other.value: int(total[0, row, column])
                for column, other in enumerate(LABELS)
                if total[0, row, column]
            }
            for row, name in enumerate(LABELS)
        },
    }


def macro_f1(outcomes: Sequence[Outcome]) -> float:
    """Return the mean F1 of the six classes."""
    return float(_f1(_by_run(outcomes).sum(axis=0)[None]).mean())


def _by_run(outcomes: Sequence[Outcome]) -> Counts:
    runs = sorted({(o.market, o.seed) for o in outcomes})
    places = {run: place for place, run in enumerate(runs)}
    counts = np.zeros((max(1, len(runs)), len(LABELS), len(LABELS)))
    for outcome in outcomes:
        found = outcome.found or Classification.UNKNOWN
        row, column = LABELS.index(outcome.scored_as), LABELS.index(found)
        counts[places[outcome.market, outcome.seed], row, column] += 1
    return counts


def _interval(value: float, samples: Counts) -> dict[str, float]:
    low, high = np.percentile(samples, (2.5, 97.5))
    return {"value": round(value, 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def _right(counts: Counts) -> Counts:
    return np.diagonal(counts, axis1=1, axis2=2)[:, :SCORED]


def _precision(counts: Counts) -> Counts:
    return _share(_right(counts), counts[:, :, :SCORED].sum(axis=1))


def _recall(counts: Counts) -> Counts:
    return _share(_right(counts), counts[:, :SCORED, :].sum(axis=2))


def _f1(counts: Counts) -> Counts:
    both = counts[:, :, :SCORED].sum(axis=1) + counts[:, :SCORED, :].sum(axis=2)
    return _share(2 * _right(counts), both)


def _share(part: Counts, whole: Counts) -> Counts:
    """Return part / whole, 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
