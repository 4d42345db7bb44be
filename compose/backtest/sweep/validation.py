"""What choosing the best of the points is worth: walk-forward and probability of overfitting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import isnan
from typing import Any, Final

from compose.backtest.judgement.objective import Objective
from compose.backtest.judgement.overfitting import Overfitting, overfitting
from compose.backtest.judgement.walk_forward import WalkForward, walk_forward
from compose.backtest.sweep.ranking import Ranked
from compose.tables import aligned, markdown_table

HEADS: Final = ("cut", "best in sample", "in sample", "out of sample", "readings", "as configured")


@dataclass(frozen=True, slots=True)
class ValidationPlan:
    """How history is cut."""

    folds: int = 5
    """Cuts of the walk-forward."""
    slices: int = 16
    """Of the cross-validation; even."""
    embargo_ms: int | None = None
    """Left out after a cut; None: as long as the horizon."""


DEFAULT_PLAN: Final = ValidationPlan()


@dataclass(frozen=True, slots=True)
class Validation:
    """Both judgements; None where there are too few readings."""

    names: Sequence[str]
    """Of the points, in the order of their numbers."""
    walk: WalkForward | None
    overfit: Overfitting | None
    slices: int
    """Of the cross-validation that was asked for."""

    def as_text(self) -> str:
        """Return both for a terminal."""
        table = [aligned(HEADS, self._rows())] if self.walk is not None else []
        return "\n".join([self._head(), *table, self._overfit()])

    def as_markdown(self) -> str:
        """Return both as a part of a document."""
        table = f"\n\n{markdown_table(HEADS, self._rows())}" if self.walk is not None else ""
        return f"## In sample and out of sample\n\n{self._head()}.{table}\n\n{self._overfit()}."

    def as_json(self) -> dict[str, Any]:
        """Return both as a JSON document; null stands for what has too few readings."""
        walk = None if self.walk is None else _finite(asdict(self.walk))
        if walk is not None:
            for fold in walk["folds"]:
                fold["point"] = self.names[fold["point"]]
        overfit = None if self.overfit is None else _finite(asdict(self.overfit))
        return {"walk_forward": walk, "overfitting": overfit}

    def _head(self) -> str:
        walk = self.walk
        if walk is None:
            return "walk-forward: too few readings before every cut"
        return (
            f"walk-forward over {len(walk.folds)} cuts, embargo {walk.embargo_ms / 1_000:g} s: "
            f"in sample {_score(walk.in_score)} on average; out of sample {_score(walk.out_score)} "
            f"({walk.out_readings} readings), as configured {_score(walk.configured_score)} "
            f"({walk.configured_readings} readings)"
        )

    def _overfit(self) -> str:
        found = self.overfit
        if found is None:
            return (
                f"probability of overfitting: too few readings or points for {self.slices} slices"
            )
        return (
            f"probability of overfitting {found.probability:.0%} (CSCV, {found.splits} splits of "
            f"{found.slices} slices): in sample {_score(found.in_score)} on average, out of sample "
            f"{_score(found.out_score)}, below 0 in {found.loss:.0%} of the splits"
        )

    def _rows(self) -> list[tuple[str, ...]]:
        folds = [] if self.walk is None else self.walk.folds
        return [
            (
                datetime.fromtimestamp(fold.cut_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
                self.names[fold.point],
                _score(fold.in_score),
                _score(fold.out_score),
                str(fold.out_readings),
                _score(fold.configured_score),
            )
            for fold in folds
        ]


def validated(points: Sequence[Ranked], objective: Objective, plan: ValidationPlan) -> Validation:
    """Judge the choice of the best of `points`, of which the first is as configured."""
    embargo_ms = objective.horizon_ms if plan.embargo_ms is None else plan.embargo_ms
    # Points that led to the same readings are one point.
    different: dict[tuple[bytes, bytes], Ranked] = {}
    for point in points:
        key = point.chosen.told_ms.tobytes(), point.chosen.bps.tobytes()
        different.setdefault(key, point)
    chosen = [point.chosen for point in different.values()]
    return Validation(
        [point.name for point in different.values()],
        walk_forward(chosen, objective, plan.folds, embargo_ms),
        overfitting(chosen, objective, plan.slices, embargo_ms),
        plan.slices,
    )


def _score(score: float) -> str:
    return "too few" if isnan(score) else f"{score:+.4f}"


def _finite(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with None in place of NaN."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(own) for name, own in value.items()}
        if isinstance(value, list | tuple):
            return [plain(own) for own in value]
        return None if isinstance(value, float) and isnan(value) else value

    found: dict[str, Any] = plain(document)
    return found
