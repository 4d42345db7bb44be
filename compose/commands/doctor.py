"""`wallwatch doctor`: what may be wrong here."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path

import click

from compose.doctor.alignment import Alignment, measure_alignment
from compose.doctor.examine import examine
from compose.doctor.finding import Finding, Level
from compose.options import CAPTURE_FILE, config_option, section_flags, venue_option
from compose.stack.plan import DEFAULT_DATA_DIR
from schemas.settings import load_settings

FAILED_EXIT_CODE = 1


@click.command("doctor")
@config_option
@click.option(
    "--broker",
    metavar="noida|apache|HOST:PORT",
    default="noida",
    show_default=True,
    help="Check what this broker needs.",
)
@click.option(
    "--clickhouse", metavar="chdb:PATH|http(s)://HOST:PORT", help="Check that this store answers."
)
@click.option(
    "--alignment",
    type=CAPTURE_FILE,
    metavar="CAPTURE",
    help="Measure the offset between trade times and book times in a capture of one symbol.",
)
@click.option(
    "--live", is_flag=True, help="Check the venue, and the local clock against the venue's."
)
@venue_option
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_DATA_DIR,
    show_default=True,
)
@click.option("--port", type=int, help="Port of the page; checked to be free.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of lines.")
def command(
    *,
    config: Path | None,
    broker: str,
    clickhouse: str | None,
    alignment: Path | None,
    live: bool,
    venue: str | None,
    data_dir: Path,
    port: int | None,
    as_json: bool,
) -> int:
    """Check machine, broker, store and venue; every finding names its cure.

    Exit code 1 if any finding is FAIL. Use the options that `wallwatch up` will get.

    \b
    wallwatch doctor
    wallwatch doctor --broker apache
    wallwatch doctor --alignment btcusdt.gz --venue binance_usdm
    wallwatch doctor --live --broker kafka:9092 --clickhouse http://clickhouse:8123
    """
    flags = section_flags(
        ingest={"venue": venue}, clickhouse={"url": clickhouse}, web={"port": port}
    )
    settings = load_settings(config, flags)
    if alignment is not None:
        return _tell_alignment(measure_alignment(alignment, settings), as_json)
    findings = asyncio.run(examine(settings, broker=broker, data_dir=data_dir, live=live))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(_line(finding))
    return FAILED_EXIT_CODE if any(f.level is Level.FAIL for f in findings) else 0


def _line(finding: Finding) -> str:
    cure = f"; {finding.cure}" if finding.cure else ""
    return f"{finding.level.value:<4} {finding.name}: {finding.fact}{cure}"


def _tell_alignment(measured: Alignment, as_json: bool) -> int:
    """Print the share of traded levels that the book explains per shift, and the best setting."""
    if as_json:
        figures = {**dataclasses.asdict(measured), "trade_alignment_ms": measured.alignment_ms}
        click.echo(json.dumps(figures, indent=2))
        return 0
    click.echo(f"{measured.traded_levels} traded levels; explained by the book per shift of trades")
    for shift_ms, share in measured.explained.items():
        click.echo(f"{shift_ms:+6d} ms  {share:6.1%}")
    click.echo(f"engine.lifecycle.trade_alignment_ms = {measured.alignment_ms} fits this capture")
    return 0
