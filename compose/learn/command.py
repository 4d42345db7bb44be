"""`wallwatch learn`: what becomes of standing large orders, learned from history."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from compose.backtest.command_options import TIME, SourceFlags, source_options
from compose.errors import UserError
from compose.learn.captures import VenueCapture, VenueCaptureType, check_files
from compose.learn.history import History
from compose.learn.learn import Learned, learn
from compose.learn.plot import can_draw, draw_reliability
from compose.learn.report import as_markdown, as_text, headline
from compose.learn.samples import samples_of
from compose.options import (
    SymbolList,
    config_option,
    json_option,
    section_flags,
    symbols_option,
    venue_option,
)
from compose.stack.progress import ProgressLine
from compose.tapes.tape import tape_folder
from schemas.settings import load_settings


@click.command("learn")
@click.argument("captures", type=VenueCaptureType(), metavar="[CAPTURE]...", nargs=-1)
@click.option(
    "--report-on",
    "reported",
    type=VenueCaptureType(),
    metavar="CAPTURE",
    multiple=True,
    help="Judge the model on this capture, of another market or another time; may be repeated.",
)
@source_options
@symbols_option
@click.option(
    "--report-symbols",
    type=SymbolList(),
    help="With --archive and --log: judge the model on these symbols; it learns from --symbols.",
)
@click.option(
    "--report-since",
    type=TIME,
    metavar="TIME",
    help="With --archive and --log: learn from before that time, UTC, and judge on what is since.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    required=True,
    help="Write model.json, report.md, report.json and reliability.png there.",
)
@venue_option
@config_option
@json_option
@click.option(
    "--tapes",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where history is kept as it was parsed; default: the user's cache folder.",
)
def command(
    *,
    captures: tuple[VenueCapture, ...],
    reported: tuple[VenueCapture, ...],
    out: Path,
    venue: str | None,
    config: Path | None,
    as_json: bool,
    folder: Path | None,
    clickhouse: str | None,
    brokers: str | None,
    symbols: tuple[str, ...] | None,
    report_symbols: tuple[str, ...] | None,
    report_since: datetime | None,
    **flags: Any,
) -> None:
    """Learn what becomes of a standing large order: filled or pulled, within 10 s or 60 s.

    CAPTURE is a file as `wallwatch record` writes it, or a folder of such files, after its venue
    and a colon where that is not the venue of the settings; --archive and --log read what the
    pipeline has kept. The model is fitted to that history and judged on another, of --report-on,
    --report-symbols or --report-since, against a table of distance and age. Each of its four
    forecasts is switched on only where it is better with 95 % confidence; the engine tells those
    with `engine.fate.model` set to model.json.

    \b
    wallwatch learn monday.gz tuesday.gz --report-on ethusdt.gz --out fate
    wallwatch learn usdm.gz --report-on binance_spot:spot.gz --out fate --json
    wallwatch learn --archive --clickhouse http://127.0.0.1:8123 --symbols BTCUSDT
                    --report-symbols ETHUSDT,SOLUSDT --out fate
    wallwatch learn --log --brokers 127.0.0.1:9092 --report-since 2026-11-28 --out fate
    """
    source = SourceFlags(captures=(), **flags)
    history = History(captures, reported, source, symbols, report_symbols, report_since)
    history.check()
    sections = section_flags(
        ingest={"venue": venue}, clickhouse={"url": clickhouse}, kafka={"brokers": brokers}
    )
    settings = load_settings(config, sections)
    folder = folder or tape_folder()
    line = ProgressLine()
    try:
        training, reporting = history.tapes(settings, folder, line.show)
        check_files(training, reporting)
        learned = learn(
            samples_of(training, line.show), samples_of(reporting, line.show), line.show
        )
    except KeyboardInterrupt:
        line.end("interrupted; nothing was written")
        raise click.Abort from None
    _write(learned, out)
    line.end(f"written to {out}")
    click.echo(json.dumps(_document(learned)) if as_json else as_text(learned))


def _document(learned: Learned) -> dict[str, Any]:
    model = learned.model.model_dump(mode="json", exclude={"phases", "means", "scales"})
    return {
        "headline": headline(learned),
        "model_version": learned.model.version,
        **model,
        "reliability": learned.reliability,
        "unused": learned.unused,
        "trees": asdict(learned.trees),
    }


def _write(learned: Learned, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pictures = [draw_reliability(learned, folder)] if can_draw() else []
        if not pictures:
            click.echo("no plot: pip install 'wallwatch[evaluate]'", err=True)
        (folder / "report.md").write_text(as_markdown(learned, pictures), encoding="utf-8")
        document = json.dumps(_document(learned), indent=1)
        (folder / "report.json").write_text(document, encoding="utf-8")
        model = learned.model.model_dump_json(indent=1)
        (folder / "model.json").write_text(model, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {folder} cannot be written: {error.strerror}") from None
