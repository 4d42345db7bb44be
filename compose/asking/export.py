"""`wallwatch export`: a view, or a part of it by time, as a Parquet file."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from compose.asking.source import ask, sql_address
from compose.errors import UserError
from compose.options import config_option
from dashboards.spreadsheet import harmless_csv
from schemas.settings import load_settings

VIEW: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TIME_OF: Final = {"large_orders": "first_seen"}
"""The column that a view is ordered by, where that is not `event_time`."""
FORMATS: Final = {".parquet": "Parquet", ".csv": "CSVWithNames", ".ndjson": "JSONEachRow"}


@click.command("export")
@click.argument("view")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--from", "since", metavar="TIME", help="From this time on, UTC: 2025-01-31T12:00.")
@click.option("--to", "until", metavar="TIME", help="Up to this time, without it.")
@click.option("--symbol", metavar="NAME", help="One symbol alone.")
@click.option("--url", metavar="http://HOST:PORT", help="Where; default: that of `up`.")
@config_option
def command(
    view: str,
    out: Path,
    since: str | None,
    until: str | None,
    symbol: str | None,
    url: str | None,
    config: Path | None,
) -> None:
    """Write a view of the store to a file while `wallwatch up` runs: Parquet, CSV or NDJSON by the
    name of the file. Text in CSV that a spreadsheet would take for a formula begins with an
    apostrophe.

    \b
    wallwatch export large_orders --out walls.parquet
    wallwatch export flow_1m --from 2025-01-31 --to 2025-02-01 --symbol BTCUSDT --out flow.parquet
    """
    settings = load_settings(config, {})
    if not VIEW.fullmatch(view):
        raise UserError(f"{view[:40]!r} is no name of a view; they are listed in docs/sql.md")
    if out.suffix not in FORMATS:
        raise UserError(f"--out {out}: its name ends in none of {', '.join(FORMATS)}")
    time = TIME_OF.get(view, "event_time")
    conditions, values = [], {"default_format": FORMATS[out.suffix]}
    for name, text, comparison in (("since", since, ">="), ("until", until, "<")):
        if text is not None:
            conditions.append(f"{time} {comparison} {{{name}:Int64}}")
            values[f"param_{name}"] = str(_milliseconds(text))
    if symbol is not None:
        conditions.append("symbol = {symbol:String}")
        values["param_symbol"] = symbol.upper()
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    body = ask(url or sql_address(settings), f"SELECT * FROM {view}{where}", values, settings)
    if out.suffix == ".csv":
        body = harmless_csv(body)
    _write(out, body)
    click.echo(f"{out}: {len(body)} bytes", err=True)


def _milliseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text!r} is no time such as 2025-01-31 or 2025-01-31T12:00:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000)


def _write(path: Path, body: bytes) -> None:
    """Put the file in place at once, so that nobody reads half of it."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(body)
        os.replace(part, path)
    except OSError as error:
        raise UserError(f"--out {path} cannot be written: {error.strerror}") from None
