"""`wallwatch evaluate-cross`: how well the markets of a coin are read together."""

from __future__ import annotations

import json
from pathlib import Path

import click

from compose.captures import Capture, CaptureName
from compose.commands.evaluate import SeedRange
from compose.errors import UsageError
from compose.evaluation.cross.apart import apart, apart_figures
from compose.evaluation.cross.report import cross_figures
from compose.evaluation.cross.run import evaluate_cross, pulses_of
from compose.evaluation.cross.seeds import CROSS_REPORT_SEEDS
from compose.evaluation.cross.tapes import market_tape
from compose.options import config_option
from compose.stack.progress import ProgressLine
from schemas.settings import load_settings


@click.command("evaluate-cross")
@click.argument(
    "captures", type=CaptureName(), nargs=-1, required=True, metavar="[VENUE:]FILE [VENUE:]FILE..."
)
@click.option(
    "--seeds",
    type=SeedRange(),
    default=f"{CROSS_REPORT_SEEDS.start}:{CROSS_REPORT_SEEDS.stop}",
    show_default=True,
    help="Runs; each puts other actors on the tapes.",
)
@click.option(
    "--apart",
    "is_apart",
    is_flag=True,
    help="Also move the captures against each other by seconds to minutes: what is told of them "
    "then is chance.",
)
@config_option
def command(
    *, captures: tuple[Capture, ...], seeds: range, is_apart: bool, config: Path | None
) -> None:
    """Put actors that work on several markets into captures of one coin at one time, and measure
    what is told of them. Prints one line of JSON.

    \b
    wallwatch evaluate-cross binance_usdm:perp.gz binance_spot:spot.gz
    """
    if len(captures) < 2:
        raise UsageError("give two captures or more of one coin at one time, as VENUE:FILE")
    settings = load_settings(config, {})
    line = ProgressLine()
    found = [market_tape(capture, settings) for capture in captures]
    tapes = {tape.name: tape for tape in found}
    if len(tapes) < len(captures):
        raise UsageError("two captures hold the same market; name the venue of each as VENUE:FILE")
    results = evaluate_cross(tapes, seeds, settings, line.show)
    figures = cross_figures(results)
    if is_apart:
        pulses = {name: list(pulses_of(tape.stream, settings)) for name, tape in tapes.items()}
        figures["apart"] = apart_figures(apart(pulses, settings.cross, line.show))
    line.end(f"{len(results.judged)} stories")
    click.echo(json.dumps(figures))
