"""`wallwatch replay`: the engine alone over a capture."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from compose.captures import Capture, CaptureName
from compose.options import (
    config_option,
    section_flags,
    symbols_option,
    venue_option,
)
from compose.replay import replay_captures
from compose.replay_summary import ReplaySummary, faults_told
from compose.stack.progress import ProgressLine
from compose.tapes.tape import tape_folder
from schemas.quotes import quote_note
from schemas.settings import load_settings

OUTPUT_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("replay")
@click.argument("captures", type=CaptureName(), nargs=-1, required=True, metavar="[VENUE:]FILE...")
@click.option(
    "--out",
    type=OUTPUT_FILE,
    metavar="FILE",
    help="Write the signals here, one JSON object a line.",
)
@click.option(
    "--book",
    type=OUTPUT_FILE,
    metavar="FILE",
    help="Write best bid and ask after every applied diff here.",
)
@click.option(
    "--tapes",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where captures are kept as they were parsed; default: the user's cache folder.",
)
@click.option("--parse", "parse_again", is_flag=True, help="Use no tape and keep none.")
@symbols_option
@venue_option
@config_option
def command(
    *,
    captures: tuple[Capture, ...],
    out: Path | None,
    book: Path | None,
    tapes: Path | None,
    parse_again: bool,
    symbols: tuple[str, ...] | None,
    venue: str | None,
    config: Path | None,
) -> None:
    """Run the detection engine over capture FILEs as fast as it goes: no Kafka, no ClickHouse.

    Several are merged by receive time; each may name its venue. The same files and settings give
    the same output, byte for byte. Captures are parsed once; later runs read the parsed copy, as
    those of `wallwatch backtest` do.

    \b
    wallwatch replay btcusdt.gz --out signals.ndjson --book top.ndjson
    wallwatch replay binance_usdm:perp.gz binance_spot:spot.gz --out both.ndjson
    WALLWATCH_ENGINE__THRESHOLD__FLOOR_USD=2000000 wallwatch replay btcusdt.gz --out big.ndjson
    """
    settings = load_settings(config, section_flags(ingest={"venue": venue}))
    line = ProgressLine()
    summary = replay_captures(
        captures,
        settings,
        symbols=symbols,
        signals_path=out,
        book_path=book,
        tapes=None if parse_again else tapes or tape_folder(),
        progress=lambda so_far: line.show(_progress_text(so_far)),
    )
    line.end(_summary_text(summary))
    if note := quote_note(summary.unpriced, settings.quotes):
        click.echo(note, err=True)
    if summary.dead_letters:
        click.echo(f"the first dead letter: {summary.first_problem}", err=True)


def _progress_text(summary: ReplaySummary) -> str:
    at = datetime.fromtimestamp(summary.event_time / 1_000, UTC)
    records, signals = sum(summary.records.values()), sum(summary.signals.values())
    return f"replay at {at:%Y-%m-%d %H:%M:%S} UTC, {records} records, {signals} signals"


def _summary_text(summary: ReplaySummary) -> str:
    span_s = (summary.event_time - summary.first_event_time) / 1_000
    pace = span_s / summary.seconds if summary.seconds else 0.0
    topics = ", ".join(f"{name} {count}" for name, count in sorted(summary.signals.items()))
    return (
        f"{summary.diffs_applied} diffs and {summary.trades} trades of {span_s:.0f} s in "
        f"{summary.seconds:.1f} s ({pace:.0f} x real time); {topics or 'no signals'}; "
        f"{faults_told(summary.gaps, summary.dead_letters)}"
    )
