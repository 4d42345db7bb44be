"""A backtest from its captures to its report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import processors
import schemas
from compose.assignment import override
from compose.backtest.judgement.objective import Objective
from compose.backtest.parquet import signal_files
from compose.backtest.report import Report, proof_answer
from compose.backtest.run import run_tapes
from compose.backtest.sweep.points import Point, settings_key
from compose.backtest.sweep.ranking import best_first, scored
from compose.backtest.sweep.report import SweepReport
from compose.backtest.sweep.results import PointResult, ResultFolder, SweepInputs, result_folder
from compose.backtest.sweep.sweep import sweep
from compose.backtest.sweep.validation import ValidationPlan, validated
from compose.errors import UserError
from compose.proof.collect import OutcomeCollector
from compose.tapes.tape import Say, Tape, code_hash
from schemas.settings import Settings, merged
from schemas.signals import Signal


@dataclass(frozen=True, slots=True)
class Sweep:
    """The points that the settings are chosen from."""

    points: Sequence[Point]
    objective: Objective
    plan: ValidationPlan
    folder: Path | None
    """Where finished points are kept; None: nowhere."""
    processes: int | None
    """None: one a core."""


def backtest(
    tapes: Sequence[Tape],
    settings: Settings,
    overrides: dict[str, Any],
    swept: Sweep | None,
    out: Path | None,
    say: Say,
) -> Report:
    """Run the engines over tapes, with the best of the points where there is a sweep.

    `overrides` are what `settings` has been changed by already; large orders and outcomes go to
    `out` as Parquet. Raises UserError.
    """
    report = None
    if swept is not None:
        results = _swept(tapes, settings, swept, say)
        points = scored(results, swept.objective)
        if not any(len(point.chosen) for point in points):
            raise UserError(_nothing(results, swept.objective))
        validation = validated(points, swept.objective, swept.plan)
        report = SweepReport(swept.objective, best_first(points), validation)
        values = report.best.result.values
        settings = next(point.settings for point in swept.points if point.values == values)
        overrides = reduce(
            merged, (override(name, value) for name, value in values.items()), overrides
        )
    collector = OutcomeCollector()
    with ExitStack() as files:
        kept = None if out is None else files.enter_context(signal_files(out))

        def take(signal: Signal) -> None:
            collector.take(signal)
            if kept is not None:
                kept(signal)

        runs = run_tapes(
            tapes, settings, take, lambda share: say(f"{share:4.0%} run"), with_book=False
        )
    card = proof_answer(collector.card(settings.proof.fee_bps))
    return Report(settings.engine.version, overrides, runs, card, report)


def _swept(tapes: Sequence[Tape], settings: Settings, swept: Sweep, say: Say) -> list[PointResult]:
    inputs = SweepInputs(
        {tape.fingerprint: tape.name for tape in tapes},
        settings_key(settings),
        code_hash(*processors.__path__, *schemas.__path__),
    )
    with _folder(swept.folder, inputs) as folder:
        return sweep(tapes, swept.points, folder, say, swept.processes)


def _nothing(results: Sequence[PointResult], objective: Objective) -> str:
    """Return why there is nothing to rank by, and what there is."""
    found = {
        f"{readings.kind} {readings.label}"
        for result in results
        for readings in result.readings
        if readings.horizon_ms == objective.horizon_ms
    }
    return (
        f"no point led to {objective.name}; readings at this horizon: "
        f"{', '.join(sorted(found)) or 'none'}; see --horizon, --kind, --label"
    )


@contextmanager
def _folder(path: Path | None, inputs: SweepInputs) -> Iterator[ResultFolder]:
    if path is not None:
        with result_folder(path, inputs) as folder:
            yield folder
        return
    with (
        tempfile.TemporaryDirectory(prefix="wallwatch-") as name,
        result_folder(Path(name), inputs) as folder,
    ):
        yield folder
