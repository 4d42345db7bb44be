"""`wallwatch backtest`: the engine over history, with other settings, judged by its ledger."""

from __future__ import annotations

import json
from dataclasses import fields
from functools import reduce
from pathlib import Path
from typing import Any

import click

from compose.assignment import assignment
from compose.backtest.backtest import backtest
from compose.backtest.command_options import (
    SourceFlags,
    SweepFlags,
    source_options,
    sweep_options,
)
from compose.backtest.report import Report
from compose.backtest.run import with_overrides
from compose.errors import UserError
from compose.options import (
    fee_option,
    json_option,
    section_flags,
    symbols_option,
    venue_option,
)
from compose.stack.progress import ProgressLine
from compose.tapes.tape import tape_folder
from schemas.settings import load_settings, merged

CAPTURE = click.Path(exists=True, readable=True, path_type=Path)


@click.command("backtest")
@click.argument("captures", type=CAPTURE, metavar="[CAPTURE]...", nargs=-1)
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
@sweep_options
@source_options
@symbols_option
@venue_option
@fee_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write backtest.md, backtest.json, chosen.toml, large_order_events.parquet and "
    "outcomes.parquet there, and each finished point of a sweep: the same command continues where "
    "it was interrupted.",
)
@json_option
@click.option(
    "--tapes",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where history is kept as it was parsed; default: the user's cache folder.",
)
def command(
    *,
    config: Path | None,
    assigned: tuple[str, ...],
    symbols: tuple[str, ...] | None,
    venue: str | None,
    clickhouse: str | None,
    brokers: str | None,
    fee_bps: float | None,
    out: Path | None,
    as_json: bool,
    tapes: Path | None,
    **flags: Any,
) -> None:
    """Run the engine over history and judge its readings by the prices that followed.

    CAPTURE is a file as `wallwatch record` writes it, or a folder of such files; --archive and
    --log read what the pipeline has kept. Events have the ids that `wallwatch replay`, or the live
    pipeline, gives them under the same settings. A capture is parsed once; later runs read the
    parsed copy.

    \b
    wallwatch backtest btcusdt.gz
    wallwatch backtest btcusdt.gz --set threshold.multiple=6 --set classify.impact_ratio=0.3
    wallwatch backtest captures/ --settings mine.toml --json
    wallwatch backtest btcusdt.gz --grid threshold.multiple=3,4,6 --grid book.obi_levels=10,20
    wallwatch backtest btcusdt.gz --search 50 --range threshold.multiple=2:8 --out tries
    wallwatch backtest --archive --clickhouse http://127.0.0.1:8123 --symbols BTCUSDT
    wallwatch backtest --log --brokers 127.0.0.1:9092 --offset market.depth/3=120000
    """
    source = SourceFlags(**{field.name: flags[field.name] for field in fields(SourceFlags)})
    source.check()
    sections = section_flags(
        ingest={"venue": venue},
        clickhouse={"url": clickhouse},
        kafka={"brokers": brokers},
        proof={"fee_bps": fee_bps},
    )
    overrides: dict[str, Any] = reduce(merged, map(assignment, assigned), {})
    # A mistake in a setting is told before history is read.
    settings = with_overrides(load_settings(config, sections), overrides)
    sweep_flags = SweepFlags(**{field.name: flags[field.name] for field in fields(SweepFlags)})
    sweep = sweep_flags.sweep(settings, out)
    line = ProgressLine()
    try:
        found = source.tapes(settings, symbols, tapes or tape_folder(), line.show)
        report = backtest(found, settings, overrides, sweep, out, line.show)
    except KeyboardInterrupt:
        kept = f"; what is finished is in {out}: the same command continues" if out else ""
        line.end(f"interrupted{kept if sweep else ''}")
        raise click.Abort from None
    line.end(f"{report.card.outcomes} outcomes")
    if out is not None:
        _write(report, out)
    click.echo(json.dumps(report.as_json()) if as_json else report.as_text())


def _write(report: Report, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "backtest.md").write_text(report.as_markdown(), encoding="utf-8")
        document = json.dumps(report.as_json(), indent=1)
        (folder / "backtest.json").write_text(document, encoding="utf-8")
        (folder / "chosen.toml").write_text(report.as_toml(), encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {folder} cannot be written: {error.strerror}") from None
