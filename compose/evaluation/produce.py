"""An evaluation from start to end: run, figures, files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from compose.errors import UserError
from compose.evaluation.detectors.base import Detector
from compose.evaluation.detectors.naive import NaiveDetector
from compose.evaluation.detectors.reference import ReferenceDetector
from compose.evaluation.detectors.wallwatch import WallwatchDetector
from compose.evaluation.injection.episode import Group
from compose.evaluation.injection.stream import load_capture
from compose.evaluation.ranges import RANGES
from compose.evaluation.reporting.pictures import draw_episodes
from compose.evaluation.reporting.plots import draw_all, draw_curve
from compose.evaluation.reporting.report import markdown, ranges_of
from compose.evaluation.reporting.summary import failures, figures_of, headline
from compose.evaluation.run import CAPTURE, SIMULATED, Progress, evaluate, passes
from compose.evaluation.scores import RESAMPLES, macro_f1
from compose.evaluation.tuning import collect, search, settings_toml
from schemas.settings import EngineSettings, merged

REPORTING_FROM: Final = 100
"""Seeds below are for tuning, the others for reporting: never the same."""
DETECTORS: Final = ("wallwatch", "reference", "naive")
SETTINGS_FILE: Final = "settings.toml"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    out: Path
    capture: Path | None
    seeds: Sequence[int]
    detector: str
    settings: EngineSettings
    command: str
    """The command line, for the report."""


def produce_report(request: Request, progress: Progress) -> dict[str, Any]:
    """Run the evaluation, write report.md, report.json and the plots; return the headline.

    Raises UserError for a capture that cannot be read or a missing plot library.
    """
    _make(request.out)
    capture = load_capture(request.capture) if request.capture is not None else None
    named = request.detector
    run = evaluate(_detectors(request.settings), capture, request.seeds, progress)
    result = run.results[named]
    document = {
        "command": request.command,
        "detector": named,
        "seeds": list(request.seeds),
        "on_tuning_seeds": min(request.seeds) < REPORTING_FROM,
        "markets": [CAPTURE, SIMULATED] if capture is not None else [SIMULATED],
        "resamples": RESAMPLES,
        "settings_version": request.settings.version,
        "not_placed": dict(sorted(run.not_placed.items())),
        "detectors": {name: figures_of(one) for name, one in run.results.items()},
        "failures": failures(result),
        "ranges": ranges_of(RANGES),
    }
    progress("plots")
    pictured = list(passes(capture, request.seeds[:1]))[:2]
    document["plots"] = draw_all(document, result.outcomes, request.out)
    document["pictures"] = draw_episodes(pictured, request.settings, request.out)
    (request.out / "report.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    (request.out / "report.md").write_text(markdown(document), encoding="utf-8")
    line = headline(run, named)
    line["seeds"] = [min(request.seeds), max(request.seeds) + 1]
    line["markets"] = document["markets"]
    line["reference"] = headline(run, "reference")
    return line


def produce_tuning(request: Request, trials: int, progress: Progress) -> dict[str, Any]:
    """Search the weights, write settings.toml and the curve, measure what was found.

    Raises UserError for reporting seeds, an unreadable capture or a missing library.
    """
    if max(request.seeds) >= REPORTING_FROM:
        raise UserError(
            f"--tune may only see seeds below {REPORTING_FROM}: the others are for reporting"
        )
    _make(request.out)
    capture = load_capture(request.capture) if request.capture is not None else None
    outcomes = collect(request.settings, capture, request.seeds, progress)
    progress(f"{trials} trials")
    tuned = search(request.settings, outcomes, trials)
    path = request.out / SETTINGS_FILE
    path.write_text(settings_toml(tuned, request.command), encoding="utf-8")
    draw_curve(tuned.curve, tuned.curve_before, tuned.limit, request.out / "curve.png")
    found = {"classify": {"spoof_model": tuned.model.model_dump()}}
    after = EngineSettings.model_validate(merged(request.settings.model_dump(), found))
    detector = WallwatchDetector(after)
    run = evaluate([detector], capture, request.seeds, progress, flow_seeds=0)
    own = run.results[detector.name].outcomes
    return {
        "settings": str(path),
        "model": tuned.model.model_dump(),
        "spoof_probability": tuned.limit,
        "trials": tuned.trials,
        "seeds": [min(request.seeds), max(request.seeds) + 1],
        "macro_f1": {
            "before": tuned.macro_before,
            "expected": tuned.macro_expected,
            "measured": {
                g.value: round(macro_f1(o for o in own if o.group is g), 4) for g in Group
            },
        },
    }


def _detectors(settings: EngineSettings) -> list[Detector]:
    return [WallwatchDetector(settings), ReferenceDetector(settings), NaiveDetector()]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {folder}: cannot be created ({error.strerror})") from None
