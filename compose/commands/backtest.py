"""`wallwatch backtest`: the engine over history, with other settings, judged by its ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from compose.assignment import assignment
from compose.backtest.report import Report, proof_answer
from compose.backtest.run import run_tapes, with_overrides
from compose.backtest.tapes import tape_folder, tapes_of_captures
from compose.errors import UserError
from compose.options import section_flags, symbols_option, venue_option
from compose.proof.collect import OutcomeCollector
from compose.stack.progress import ProgressLine
from schemas.settings import load_settings, merged

CAPTURE = click.Path(exists=True, readable=True, path_type=Path)


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
    help="Write backtest.md and backtest.json there.",
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
    """
    flags = section_flags(ingest={"venue": venue}, proof={"fee_bps": fee_bps})
    settings = load_settings(config, flags)
    overrides: dict[str, Any] = {}
    for text in assigned:
        overrides = merged(overrides, assignment(text))
    # A mistake in a setting is told before a capture is read.
    changed = with_overrides(settings, overrides)
    line = ProgressLine()
    found = tapes_of_captures(captures, settings, symbols, tapes or tape_folder(), line.show)
    collector = OutcomeCollector()
    runs = run_tapes(
        found, changed, collector.take, lambda share: line.show(f"{share:4.0%} of the records")
    )
    line.end(f"{len(collector.outcomes)} outcomes")
    card = proof_answer(collector.card(settings.proof.fee_bps))
    report = Report(changed.engine.version, overrides, runs, card)
    if out is not None:
        _write(report, out)
    click.echo(json.dumps(report.as_json()) if as_json else report.as_text())


def _write(report: Report, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "backtest.md").write_text(report.as_markdown(), encoding="utf-8")
        document = json.dumps(report.as_json(), indent=1)
        (folder / "backtest.json").write_text(document, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {folder} cannot be written: {error.strerror}") from None
