"""Whether a model still fits the market: what it was trained on against what it meets, and what it
told against what came of it.

Figures are compared by the population stability index over the bins of the model, sum of
(share - expected) * ln(share / expected), of which a quarter is by convention a shift (Siddiqi,
Credit Risk Scorecards, 2006). Frequencies are compared in standard errors.
"""

from bisect import bisect_left
from collections.abc import Sequence
from math import log, sqrt
from typing import Any, Final

import msgspec

from processors.engine.fate.forecast import FateFields
from processors.engine.plain_sum import plain_sum
from processors.engine.readings.alerts import Finding
from schemas.fate.features import OrderFeatures
from schemas.fate.model import FateForecast, FateModel
from schemas.signals import FATE_DRIFT, AlertLevel

MOST_SHIFT: Final = 0.25
MOST_ERRORS: Final = 4.0
"""Standard errors: a window is no test at 5 %, it is made again and again."""
LEAST_GAP: Final = 0.05
"""A difference of frequencies below this matters to nobody."""
LEAST_SHARE: Final = 0.005
"""Of a bin, so that an empty one does not make the index infinite."""


class Told(msgspec.Struct):
    """One of the four forecasts within a window."""

    graded: int = 0
    expected: float = 0.0
    variance: float = 0.0
    happened: int = 0

    def add(self, probability: float, *, came_true: bool) -> None:
        """Count one that is graded."""
        self.graded += 1
        self.expected += probability
        self.variance += probability * (1 - probability)
        self.happened += came_true

    def has_drifted(self) -> bool:
        """Tell whether it came true more or less often than it said."""
        gap = abs(self.happened - self.expected)
        errors = sqrt(max(self.variance, 1.0))
        return gap > MOST_ERRORS * errors and gap > LEAST_GAP * self.graded


class DriftWindow(msgspec.Struct):
    """What was met and graded since the last comparison."""

    model_version: str = ""
    counts: list[list[int]] = []
    """By figure and bin."""
    told: list[Told] = []
    """By forecast."""
    graded: int = 0

    @classmethod
    def of(cls, model: FateModel) -> "DriftWindow":
        """Begin anew."""
        return cls(
            model.version,
            [[0] * len(bins.shares) for bins in model.bins],
            [Told() for _ in FateForecast],
        )

    def meet(self, features: OrderFeatures, model: FateModel) -> None:
        """Count the figures of an order whose fate is told."""
        for counts, bins, figure in zip(self.counts, model.bins, features, strict=False):
            if counts:
                counts[bisect_left(bins.cuts, figure)] += 1

    def grade(self, fields: FateFields, came_true: Sequence[bool | None]) -> None:
        """Count a forecast; `came_true` by forecast, None where it is not known."""
        self.graded += 1
        for told, probability, came in zip(self.told, fields, came_true, strict=False):
            if probability is not None and came is not None:
                told.add(float(probability), came_true=came)

    def shifts(self, model: FateModel) -> dict[str, float]:
        """Return the index of every figure that has shifted."""
        found = {}
        for name, counts, bins in zip(model.features, self.counts, model.bins, strict=False):
            index = _stability_index(counts, bins.shares)
            if index > MOST_SHIFT:
                found[name] = round(index, 4)
        return found

    def finding(self, model: FateModel) -> Finding | None:
        """Return what somebody should look at; None while the model fits."""
        shifted = self.shifts(model)
        off = {
            name.value: told
            for name, told in zip(FateForecast, self.told, strict=True)
            if told.has_drifted()
        }
        if not shifted and not off:
            return None
        words = [
            f"{name} was {told.expected / told.graded:.1%} on average and came true "
            f"{told.happened / told.graded:.1%} of {told.graded} times"
            for name, told in off.items()
        ]
        words += [
            f"the figure {name} is distributed unlike on the training tapes (index {index:.2f})"
            for name, index in shifted.items()
        ]
        evidence: dict[str, Any] = {
            "model_version": self.model_version,
            "graded": self.graded,
            "shifted": shifted,
            "told": {name: msgspec.to_builtins(told) for name, told in off.items()},
        }
        message = f"the model of the fate of orders drifts: {'; '.join(words)}"
        return Finding(self.model_version, FATE_DRIFT, AlertLevel.WATCH, message, evidence)


def _stability_index(counts: Sequence[int], shares: Sequence[float]) -> float:
    total = plain_sum(counts)
    if not total:
        return 0.0
    index = 0.0
    for count, expected in zip(counts, shares, strict=True):
        share, before = max(count / total, LEAST_SHARE), max(expected, LEAST_SHARE)
        index += (share - before) * log(share / before)
    return index
