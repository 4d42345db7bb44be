"""The points of a sweep, best first, as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Final

from compose.backtest.judgement.objective import FEWEST_READINGS, Objective
from compose.backtest.sweep.ranking import Ranked
from compose.backtest.sweep.validation import Validation
from compose.tables import aligned, markdown_table

SHOWN_POINTS: Final = 10
HEADS: Final = ("point", "score", "readings", "mean bps", "settings")


@dataclass(frozen=True, slots=True)
class SweepReport:
    """All points, best first, by what they were ranked, and what the choice is worth."""

    objective: Objective
    points: Sequence[Ranked]
    """Not empty."""
    validation: Validation

    @property
    def best(self) -> Ranked:
        """The point of the highest score; the settings as configured where none has one."""
        if isnan(self.points[0].score):
            return next(one for one in self.points if not one.result.values)
        return self.points[0]

    def as_text(self) -> str:
        """Return the best points for a terminal."""
        points = f"{self._head()}\n{aligned(HEADS, self._rows())}"
        return f"{points}\n\n{self.validation.as_text()}"

    def as_markdown(self) -> str:
        """Return the best points as a part of a document."""
        points = f"## The points\n\n{self._head()}.\n\n{markdown_table(HEADS, self._rows())}"
        return f"{points}\n\n{self.validation.as_markdown()}"

    def as_json(self) -> dict[str, Any]:
        """Return every point, best first, as a JSON document."""
        objective = self.objective
        return {
            "measure": objective.measure.value,
            "horizon_ms": objective.horizon_ms,
            "kind": objective.kind,
            "label": objective.label,
            "fewest_readings": FEWEST_READINGS,
            "points": [_document(one) for one in self.points],
            **self.validation.as_json(),
        }

    def _head(self) -> str:
        scored = sum(not isnan(one.score) for one in self.points)
        return (
            f"{len(self.points)} points by {self.objective.measure} of {self.objective.name}; "
            f"{scored} have the {FEWEST_READINGS} readings that a score needs"
        )

    def _rows(self) -> list[tuple[str, ...]]:
        shown = list(self.points[:SHOWN_POINTS])
        shown += [one for one in self.points[SHOWN_POINTS:] if not one.result.values]
        return [_cells(one) for one in shown]


def _document(one: Ranked) -> dict[str, Any]:
    return {
        "values": one.result.values,
        "settings_version": one.result.settings_version,
        "score": None if isnan(one.score) else one.score,
        "readings": len(one.chosen),
        "mean_bps": float(one.chosen.bps.mean()) if len(one.chosen) else None,
        "signals": one.result.signals,
        "seconds": one.result.seconds,
    }


def _cells(one: Ranked) -> tuple[str, ...]:
    return (
        one.name,
        "too few" if isnan(one.score) else f"{one.score:+.4f}",
        str(len(one.chosen)),
        f"{one.chosen.bps.mean():+.3f}" if len(one.chosen) else "",
        one.result.settings_version,
    )
