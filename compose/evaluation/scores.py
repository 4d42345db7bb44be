"""Precision, recall and F1 with their intervals, from counts by seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from compose.evaluation.injection.episode import CLASSES
from compose.evaluation.matching import Outcome
from schemas.signals import Classification

LABELS: Final = (*CLASSES, Classification.UNKNOWN)
"""Rows of the confusion matrix."""
NO_ORDER: Final = "none"
FOUND: Final = (*LABELS, NO_ORDER)
"""Its columns; the last one: no order was seen there."""
RESAMPLES: Final = 2_000
BOOTSTRAP_SEED: Final = 1
SCORED: Final = len(CLASSES)

Counts = npt.NDArray[np.float64]
"""Label x found, with one more row for wrong classes told beside the right one."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % bootstrap interval over the seeds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class is told."""

    precision: Interval
    recall: Interval
    f1: Interval
    episodes: int


@dataclass(frozen=True, slots=True)
class Scores:
    """How well the six classes are told."""

    macro_f1: Interval
    classes: dict[Classification, ClassScore]
    confusion: list[list[int]]
    """Rows LABELS, columns FOUND."""


def scores(outcomes: Sequence[Outcome]) -> Scores:
    """Return the scores of some outcomes; the seeds among them are what is resampled."""
    by_seed = _by_seed(outcomes)
    total = by_seed.sum(axis=0)
    samples = _resampled(by_seed)

    def interval(figure: Callable[[Counts], Counts], index: int | None = None) -> Interval:
        values = [float(part) for part in figure(total[None])[0].reshape(-1)]
        spread = figure(samples).reshape(len(samples), -1)
        low, high = np.percentile(spread[:, index or 0], (2.5, 97.5))
        return Interval(values[index or 0], float(low), float(high))

    return Scores(
        interval(lambda counts: _f1(counts).mean(axis=1)),
        {
            name: ClassScore(
                interval(_precision, index),
                interval(_recall, index),
                interval(_f1, index),
                int(total[index].sum()),
            )
            for index, name in enumerate(CLASSES)
        },
        [[int(count) for count in row] for row in total[: len(LABELS)]],
    )


def macro_f1(outcomes: Iterable[Outcome]) -> float:
    """Return the mean F1 of the six classes, without an interval."""
    return float(_f1(_by_seed(list(outcomes)).sum(axis=0)[None]).mean())


def _by_seed(outcomes: Sequence[Outcome]) -> Counts:
    seeds = {seed: place for place, seed in enumerate(sorted({o.seed for o in outcomes}))}
    counts = np.zeros((max(1, len(seeds)), len(LABELS) + 1, len(FOUND)))
    for outcome in outcomes:
        found = NO_ORDER if outcome.found is None else outcome.found
        counts[seeds[outcome.seed], LABELS.index(outcome.label), FOUND.index(found)] += 1
        for wrong in outcome.beside:
            counts[seeds[outcome.seed], len(LABELS), FOUND.index(wrong)] += 1
    return counts


def _resampled(by_seed: Counts) -> Counts:
    random = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = random.integers(0, len(by_seed), size=(RESAMPLES, len(by_seed)))
    result: Counts = by_seed[drawn].sum(axis=1)
    return result


def _right(counts: Counts) -> Counts:
    return np.diagonal(counts, axis1=1, axis2=2)[:, :SCORED]


def _precision(counts: Counts) -> Counts:
    return _share(_right(counts), counts[:, :, :SCORED].sum(axis=1))


def _recall(counts: Counts) -> Counts:
    return _share(_right(counts), counts[:, :SCORED, :].sum(axis=2))


def _f1(counts: Counts) -> Counts:
    told = counts[:, :, :SCORED].sum(axis=1)
    real = counts[:, :SCORED, :].sum(axis=2)
    return _share(2 * _right(counts), told + real)


def _share(part: Counts, whole: Counts) -> Counts:
    """Return part / whole, 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
