"""`wallwatch backtest`: the engine over history, with other settings, judged by its ledger."""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path
from typing import Any, Final

import click

from compose.assignment import assignment
from compose.backtest.backtest import Sweep, backtest
from compose.backtest.judgement.objective import Measure, Objective
from compose.backtest.report import Report
from compose.backtest.run import with_overrides
from compose.backtest.sweep.points import Point, grid, parse_axis, parse_range, search
from compose.backtest.sweep.validation import DEFAULT_PLAN, ValidationPlan
from compose.backtest.tapes.captures import tapes_of_captures
from compose.backtest.tapes.tape import tape_folder
from compose.errors import UsageError, UserError
from compose.options import section_flags, symbols_option, venue_option
from compose.stack.progress import ProgressLine
from schemas.settings import Settings, load_settings, merged
from schemas.signals import ReadingKind

CAPTURE = click.Path(exists=True, readable=True, path_type=Path)
DEFAULT_HORIZON_MS: Final = 15_000
SLICES: Final = [str(count) for count in range(4, 21, 2)]


@click.command("backtest")
@click.argument("captures", type=CAPTURE, metavar="CAPTURE...", nargs=-1, required=True)
@click.option(
    "--settings",
    "--config",
    "config",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="TOML file of settings; flags and WALLWATCH_* variables override it.",
)
@click.option(
    "--set",
    "assigned",
    multiple=True,
    metavar="SECTION.NAME=VALUE",
    help="An engine setting, for every symbol; may be repeated.",
)
@click.option(
    "--grid",
    "grids",
    multiple=True,
    metavar="NAME=V1,V2,...",
    help="Run every combination of these values; may be repeated.",
)
@click.option(
    "--search",
    "searched",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Run N points drawn at random from --range and --grid.",
)
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="NAME=LOW:HIGH[:log]",
    help="With --search: draw this setting from a range, evenly or evenly in the logarithm.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of --search.")
@click.option(
    "--processes",
    type=click.IntRange(1, 1_000),
    metavar="N",
    help="Points that run at once; default: one a core.",
)
@click.option(
    "--measure",
    type=click.Choice([measure.value for measure in Measure]),
    default=Measure.RATIO.value,
    show_default=True,
    help="What ranks the points: mean return over its standard deviation, mean return, or mean "
    "return after fee and spread.",
)
@click.option(
    "--horizon",
    "horizon_ms",
    type=int,
    default=DEFAULT_HORIZON_MS,
    show_default=True,
    metavar="MS",
    help="Horizon of the returns, one of ledger.horizons_ms.",
)
@click.option("--kind", type=click.Choice(list(ReadingKind)), help="Rank by this kind of reading.")
@click.option("--label", help="Rank by this class, action or rule, for example SPOOF.")
@click.option(
    "--folds",
    type=click.IntRange(1, 1_000),
    default=DEFAULT_PLAN.folds,
    show_default=True,
    help="Cuts of the walk-forward: the best point before each is judged after it.",
)
@click.option(
    "--slices",
    type=click.Choice(SLICES),
    default=str(DEFAULT_PLAN.slices),
    show_default=True,
    help="Slices of the cross-validation behind the probability of overfitting.",
)
@click.option(
    "--embargo",
    "embargo_ms",
    type=click.IntRange(0),
    metavar="MS",
    help="Readings so soon after a cut do not count; default: as long as the horizon.",
)
@symbols_option
@venue_option
@click.option(
    "--fee-bps",
    type=click.FloatRange(0, 1_000),
    help="Taker fee per side, bps; default: proof.fee_bps.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write backtest.md, backtest.json, chosen.toml, large_order_events.parquet and "
    "outcomes.parquet there, and each finished point of a sweep: the same command continues where "
    "it was interrupted.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of the table.")
@click.option(
    "--tapes",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where parsed captures are kept for the next run; default: the user's cache folder.",
)
def command(
    *,
    captures: tuple[Path, ...],
    config: Path | None,
    assigned: tuple[str, ...],
    grids: tuple[str, ...],
    searched: int | None,
    ranges: tuple[str, ...],
    seed: int,
    processes: int | None,
    measure: str,
    horizon_ms: int,
    kind: str | None,
    label: str | None,
    folds: int,
    slices: str,
    embargo_ms: int | None,
    symbols: tuple[str, ...] | None,
    venue: str | None,
    fee_bps: float | None,
    out: Path | None,
    as_json: bool,
    tapes: Path | None,
) -> None:
    """Run the engine over history and judge its readings by the prices that followed.

    CAPTURE is a file as `wallwatch record` writes it, or a folder of such files. Events have the
    ids that `wallwatch replay`, or the live pipeline, gives them under the same settings. A capture
    is parsed once; later runs read the parsed copy.

    \b
    wallwatch backtest btcusdt.gz
    wallwatch backtest btcusdt.gz --set threshold.multiple=6 --set classify.impact_ratio=0.3
    wallwatch backtest captures/ --settings mine.toml --json
    wallwatch backtest btcusdt.gz --grid threshold.multiple=3,4,6 --grid book.obi_levels=10,20
    wallwatch backtest btcusdt.gz --search 50 --range threshold.multiple=2:8 --out tries
    """
    flags = section_flags(ingest={"venue": venue}, proof={"fee_bps": fee_bps})
    overrides: dict[str, Any] = reduce(merged, map(assignment, assigned), {})
    # A mistake in a setting is told before a capture is read.
    settings = with_overrides(load_settings(config, flags), overrides)
    points = _points(settings, grids, ranges, searched, seed)
    swept = None
    if points:
        objective = Objective(Measure(measure), horizon_ms, settings.proof.fee_bps, kind, label)
        _check_horizon(points, horizon_ms)
        plan = ValidationPlan(folds, int(slices), embargo_ms)
        swept = Sweep(points, objective, plan, out, processes)
    line = ProgressLine()
    try:
        found = tapes_of_captures(captures, settings, symbols, tapes or tape_folder(), line.show)
        report = backtest(found, settings, overrides, swept, out, line.show)
    except KeyboardInterrupt:
        kept = f"; what is finished is in {out}: the same command continues" if out else ""
        line.end(f"interrupted{kept if swept else ''}")
        raise click.Abort from None
    line.end(f"{report.card.outcomes} outcomes")
    if out is not None:
        _write(report, out)
    click.echo(json.dumps(report.as_json()) if as_json else report.as_text())


def _points(
    settings: Settings,
    grids: tuple[str, ...],
    ranges: tuple[str, ...],
    searched: int | None,
    seed: int,
) -> list[Point]:
    axes = [parse_axis(text) for text in grids]
    drawn = [parse_range(text, settings) for text in ranges]
    names = [axis.name for axis in axes] + [axis.name for axis in drawn]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{twice[0]} is given twice; join its values in one --grid or --range")
    if searched is not None:
        if not names:
            raise UsageError("--search has nothing to draw: give --range NAME=LOW:HIGH or --grid")
        return search([*axes, *drawn], searched, seed, settings)
    if drawn:
        raise UsageError("--range belongs to --search N")
    return grid(axes, settings) if axes else []


def _check_horizon(points: list[Point], horizon_ms: int) -> None:
    for point in points:
        held = point.settings.engine.ledger.horizons_ms
        if horizon_ms not in held:
            raise UsageError(
                f"--horizon {horizon_ms}: ledger.horizons_ms has {', '.join(map(str, held))}"
            )


def _write(report: Report, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "backtest.md").write_text(report.as_markdown(), encoding="utf-8")
        document = json.dumps(report.as_json(), indent=1)
        (folder / "backtest.json").write_text(document, encoding="utf-8")
        (folder / "chosen.toml").write_text(report.as_toml(), encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {folder} cannot be written: {error.strerror}") from None
