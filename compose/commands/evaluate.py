"""`wallwatch evaluate`: how well the detection tells what it claims to tell."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from compose.errors import UsageError
from compose.evaluation.hard.produce import HardRequest, produce_fit, produce_hard
from compose.evaluation.hard.report import KIND_GOAL, goals
from compose.evaluation.hard.seeds import FIT_SEEDS, REPORT_SEEDS
from compose.evaluation.produce import DETECTORS, Request, produce_report, produce_tuning
from compose.options import CAPTURE_FILE, config_option
from compose.stack.progress import ProgressLine
from schemas.settings import load_settings

REPORTING_SEEDS = range(100, 120)
TUNING_SEEDS = range(20)


class SeedRange(click.ParamType):
    """A:B: the seeds from A up to, not including, B."""

    name = "A:B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """Return the seeds."""
        if isinstance(value, range):
            return value
        first, colon, end = value.partition(":")
        if not (colon and first.isdigit() and end.isdigit() and int(first) < int(end)):
            self.fail(f"{value!r} is not a range of seeds such as 100:120", param, ctx)
        return range(int(first), int(end))


@click.command("evaluate")
@config_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the report and its plots; with --hard it may be left out.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one line of JSON on stdout at the end."
)
@click.option(
    "--capture",
    "captures",
    type=CAPTURE_FILE,
    metavar="FILE",
    multiple=True,
    help="Inject into this capture too (with --hard: into several); default: into the simulated "
    "market only.",
)
@click.option(
    "--seeds",
    type=SeedRange(),
    help="Default: 100:120 to report, 0:20 to tune; with --hard 5000:5040 to report, 1000:1040 "
    "to fit. Seeds to report and seeds to tune or fit must not overlap.",
)
@click.option(
    "--hard",
    is_flag=True,
    help="Actors whose ranges cross every limit of the detection, feed faults, scales.",
)
@click.option(
    "--fit", is_flag=True, help="With --hard: fit the model of a lure's probability instead."
)
@click.option(
    "--no-simulated", is_flag=True, help="With --hard: the captures only, no simulated market."
)
@click.option(
    "--detector",
    type=click.Choice(DETECTORS),
    default="wallwatch",
    show_default=True,
    help="Detector whose figures lead the report.",
)
@click.option("--tune", is_flag=True, help="Search the weights of the spoof score instead.")
@click.option("--trials", type=click.IntRange(1, 100_000), default=600, show_default=True)
def command(
    *,
    config: Path | None,
    out: Path | None,
    as_json: bool,
    captures: tuple[Path, ...],
    hard: bool,
    fit: bool,
    no_simulated: bool,
    seeds: range | None,
    detector: str,
    tune: bool,
    trials: int,
) -> None:
    """Measure the detection against labelled episodes and write a report.

    Actors whose behaviour is known are written into a capture and into a simulated market; then
    the detector, the rules of an earlier monitor and a naive rule are judged on the same episodes.

    \b
    wallwatch evaluate --out report --capture btcusdt.gz
    wallwatch evaluate --out report --json --seeds 100:105
    wallwatch evaluate --out tuned --tune --capture btcusdt.gz
    wallwatch evaluate --hard --capture spot.gz --capture coinm.gz --out hard
    wallwatch evaluate --hard --fit --capture usdm.gz --json
    """
    settings = load_settings(config, {})
    if hard:
        _check_hard(captures, no_simulated=no_simulated, tune=tune)
        hard_seeds = seeds or (FIT_SEEDS if fit else REPORT_SEEDS)
        _evaluate_hard(
            HardRequest(
                out, captures, hard_seeds, settings.engine, _command_line(), not no_simulated
            ),
            fit=fit,
            as_json=as_json,
        )
        return
    if fit or no_simulated:
        raise UsageError("--fit and --no-simulated belong to --hard")
    if out is None:
        raise UsageError("--out DIR is missing: the folder of the report")
    if len(captures) > 1:
        raise UsageError("several --capture need --hard")
    capture = captures[0] if captures else None
    if seeds is None:
        seeds = TUNING_SEEDS if tune else REPORTING_SEEDS
    request = Request(out, capture, seeds, detector, settings.engine, _command_line())
    line = ProgressLine()
    if capture is None:
        click.echo("no --capture: only the simulated market is evaluated", err=True)
    if tune:
        figures = produce_tuning(request, trials, line.show)
    else:
        figures = produce_report(request, line.show)
    line.end(f"written to {out}")
    if as_json:
        click.echo(json.dumps(figures))
    else:
        for name, value in figures.items():
            click.echo(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")


def _check_hard(captures: tuple[Path, ...], *, no_simulated: bool, tune: bool) -> None:
    if tune:
        raise UsageError(
            "--tune searches the weights of the plain evaluation; with --hard use --fit"
        )
    if no_simulated and not captures:
        raise UsageError("--no-simulated leaves nothing to evaluate: give --capture FILE")


def _evaluate_hard(request: HardRequest, *, fit: bool, as_json: bool) -> None:
    line = ProgressLine()
    if fit:
        figures = produce_fit(request, line.show)
        line.end(f"fitted to {figures['pulls']} pulls")
        click.echo(json.dumps(figures) if as_json else json.dumps(figures, indent=1))
        return
    figures = produce_hard(request, line.show)
    line.end(f"{figures['stories']} stories")
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, figure, goal, reached in goals(figures):
        shown = "none" if figure is None else f"{figure:.3f}"
        click.echo(f"{name:42} {shown:>7}  goal {goal:g}{'' if reached else '  missed'}")
    for name, kind in figures["kinds"].items():
        if kind["right"] is not None and kind["right"] < KIND_GOAL:
            click.echo(f"{name:42} {kind['right']:>7.3f}  goal {KIND_GOAL:g}  missed")


def _command_line() -> str:
    return shlex.join(["wallwatch", *sys.argv[1:]])
