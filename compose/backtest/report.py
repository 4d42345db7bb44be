"""What a backtest found, as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from compose.backtest.run import TapeRun, pace
from compose.backtest.sweep.report import SweepReport
from compose.proof import table
from compose.replay_summary import faults_told
from dashboards.proof.scorecard import Scorecard
from dashboards.web.answers.proof import ProofAnswer
from schemas.units import HOUR_MS


@dataclass(frozen=True, slots=True)
class Report:
    """The run of one choice of settings, and the sweep that it was chosen from."""

    settings_version: str
    overrides: dict[str, Any]
    """Engine settings that differ from the settings file, nested by section."""
    runs: Sequence[TapeRun]
    card: ProofAnswer
    sweep: SweepReport | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return {
            "settings_version": self.settings_version,
            "overrides": self.overrides,
            "pace": round(pace(self.runs), 1),
            "tapes": [asdict(run) for run in self.runs],
            "scorecard": self.card.model_dump(mode="json"),
            "sweep": None if self.sweep is None else self.sweep.as_json(),
        }

    def as_text(self) -> str:
        """Return the report for a terminal."""
        parts = [] if self.sweep is None else [self.sweep.as_text(), ""]
        parts += [self._head(), table.headline(self.card)]
        if self.card.lines:
            parts.append(table.text(self.card))
        return "\n".join(parts)

    def as_markdown(self) -> str:
        """Return the report as a document."""
        swept = "" if self.sweep is None else f"{self.sweep.as_markdown()}\n\n"
        tapes = "\n".join(f"- {_line(run)}" for run in self.runs)
        return (
            f"# Backtest\n\n{swept}## The run\n\n{self._head()}.\n\n{tapes}\n\n"
            f"#{table.markdown(self.card, [])}"
        )

    def as_toml(self) -> str:
        """Return the engine settings that were changed, as a settings file."""
        lines = [f"engine.{name} = {json.dumps(value)}" for name, value in _flat(self.overrides)]
        return "".join(f"{line}\n" for line in lines)

    def _head(self) -> str:
        pairs = ", ".join(f"{name}={value}" for name, value in _flat(self.overrides))
        return (
            f"settings {self.settings_version} ({pairs or 'as configured'}); "
            f"{sum(run.span_s for run in self.runs):.0f} s of market in "
            f"{sum(run.seconds for run in self.runs):.1f} s ({pace(self.runs):.0f} x real time)"
        )


def proof_answer(card: Scorecard) -> ProofAnswer:
    """Return a scorecard as the scorecard command shows it."""
    hours = max(1, -(-(card.until_ms - card.since_ms) // HOUR_MS))
    return ProofAnswer.of(card, hours)


def _line(run: TapeRun) -> str:
    topics = ", ".join(f"{name} {count}" for name, count in run.signals.items())
    return (
        f"{run.tape}: {run.diffs} diffs and {run.trades} trades of {run.span_s:.0f} s in "
        f"{run.seconds:.1f} s; {topics or 'no signals'}; "
        f"{faults_told(run.gaps, run.dead_letters)}"
    )


def _flat(overrides: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in overrides.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", value))
    return found
