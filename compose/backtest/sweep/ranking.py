"""Points by their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from compose.backtest.judgement.objective import Chosen, Objective
from compose.backtest.sweep.points import AS_CONFIGURED
from compose.backtest.sweep.results import PointResult


@dataclass(frozen=True, slots=True)
class Ranked:
    """A point with its score over the whole history."""

    result: PointResult
    chosen: Chosen
    score: float
    """NaN where there are too few readings."""

    @property
    def name(self) -> str:
        """What was set."""
        pairs = (f"{name}={value}" for name, value in self.result.values.items())
        return " ".join(pairs) or AS_CONFIGURED


def scored(results: Sequence[PointResult], objective: Objective) -> list[Ranked]:
    """Return the points with their scores, in the order given."""
    found = []
    for result in results:
        chosen = objective.choose(result.readings)
        found.append(Ranked(result, chosen, objective.score(chosen.bps)))
    return found


def best_first(points: Sequence[Ranked]) -> list[Ranked]:
    """Return the points by score; those without one last, equal ones in the order given."""
    return sorted(points, key=lambda one: (isnan(one.score), -one.score))
