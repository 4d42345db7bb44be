"""A hard evaluation from start to end: jobs, figures, files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from compose.errors import UserError
from compose.evaluation.hard.conditions import FAULTS, SCALES, Condition
from compose.evaluation.hard.fit import fit_model
from compose.evaluation.hard.measure.figures import figures_of, wrong_stories
from compose.evaluation.hard.reliability import draw_reliability
from compose.evaluation.hard.report import markdown
from compose.evaluation.hard.runs import Job, Progress, Results, run_all
from compose.evaluation.hard.seeds import FIT_SEEDS
from schemas.settings import EngineSettings

SEEDS_A_JOB: Final = 5
"""A capture is read once a job: more seeds a job read less, fewer share the work better."""
FAULTS_EVERY: Final = 4
"""Faults befall each fourth seed."""
SCALES_EVERY: Final = 8


@dataclass(frozen=True, slots=True)
class HardRequest:
    """What is asked for."""

    out: Path | None
    """Folder of the report; None: figures alone."""
    captures: tuple[Path, ...]
    seeds: Sequence[int]
    settings: EngineSettings
    command: str
    """The command line, for the report."""
    simulated: bool = True


def jobs_of(
    captures: Sequence[Path], seeds: Sequence[int], *, simulated: bool, all_conditions: bool = True
) -> list[Job]:
    """Return the work, in parts that processes share."""
    plan = [(seed, _conditions(place, all_conditions)) for place, seed in enumerate(seeds)]
    parts = [tuple(plan[at : at + SEEDS_A_JOB]) for at in range(0, len(plan), SEEDS_A_JOB)]
    tapes: list[Path | None] = [*captures, *([None] if simulated else [])]
    return [
        Job(tape, part, untouched=number == 0)
        for number, part in enumerate(parts)
        for tape in tapes
    ]


def produce_hard(request: HardRequest, progress: Progress) -> dict[str, Any]:
    """Run the evaluation and return its figures; with `out` write report.md, report.json and the
    reliability plot. Raises UserError for a capture that cannot be read."""
    jobs = jobs_of(request.captures, request.seeds, simulated=request.simulated)
    results = run_all(jobs, request.settings, progress)
    document = {
        "command": request.command,
        "seeds": [min(request.seeds), max(request.seeds) + 1],
        "on_fit_seeds": bool(set(request.seeds) & set(FIT_SEEDS)),
        "settings_version": request.settings.version,
        **figures_of(results),
    }
    if request.out is not None:
        _write(request.out, document, results)
    return document


def produce_fit(request: HardRequest, progress: Progress) -> dict[str, Any]:
    """Fit the model of a lure's probability and return it with how well it fits.

    Raises UserError for seeds that are kept for reporting, or where there is nothing to fit.
    """
    if not set(request.seeds) <= set(FIT_SEEDS):
        raise UserError(
            f"--fit may only see seeds of {FIT_SEEDS.start}:{FIT_SEEDS.stop}: the others are for "
            "reporting"
        )
    jobs = jobs_of(
        request.captures, request.seeds, simulated=request.simulated, all_conditions=False
    )
    results = run_all(jobs, request.settings, progress)
    try:
        found = fit_model(results.outcomes.get(Condition.SOUND, []))
    except ValueError as error:
        raise UserError(f"--fit: {error}; give more --seeds") from None
    return {
        "spoof_model": found.model.model_dump(),
        "pulls": found.pulls,
        "doubtful": found.doubtful,
        "log_loss": round(found.log_loss, 4),
    }


def _conditions(place: int, every: bool) -> tuple[Condition, ...]:
    if not every:
        return (Condition.SOUND,)
    faults = FAULTS if place % FAULTS_EVERY == 0 else ()
    scales = tuple(SCALES) if place % SCALES_EVERY == 0 else ()
    return (Condition.SOUND, *faults, *scales)


def _write(folder: Path, document: dict[str, Any], results: Results) -> None:
    wrong = wrong_stories(results)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draw_reliability(document["probability"], folder / "reliability.png")
        (folder / "report.json").write_text(
            json.dumps({**document, "wrong": wrong}, indent=1), encoding="utf-8"
        )
        (folder / "report.md").write_text(markdown(document, wrong), encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {folder} cannot be written: {error.strerror}") from None
