"""`wallwatch evaluate`: how well the detection tells what it claims to tell."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

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
    required=True,
    help="Folder of the report and its plots.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one line of JSON on stdout at the end."
)
@click.option(
    "--capture",
    type=CAPTURE_FILE,
    metavar="FILE",
    help="Inject into this capture too; default: into the simulated market only.",
)
@click.option(
    "--seeds",
    type=SeedRange(),
    help="Default: 100:120 to report, 0:20 to tune; the two must not overlap.",
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
    out: Path,
    as_json: bool,
    capture: Path | None,
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
    """
    settings = load_settings(config, {})
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


def _command_line() -> str:
    return shlex.join(["wallwatch", *sys.argv[1:]])
