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
from schemas.units import NEVER_MS

VIEW: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TIME_OF: Final = {"large_orders": "first_seen", "raw_archive": "intDiv(received_us, 1000)"}
"""The time of a row in ms, by which a view is kept, where that is not `event_time`."""
IN_BRACKETS: Final = ("pulled_walls", "flow_between", "fate_figures", "outcome_figures")
"""Views that take their range in brackets, both ends included."""
FOR_ONE: Final = {"walls_at": "at_ms = 1738324800000", "order_life": "order_id = '...'"}
"""Views of one moment or one order, and what they take."""
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
    if view in FOR_ONE:
        form = FORMATS[out.suffix]
        question = f"SELECT * FROM {view}({FOR_ONE[view]})"
        cure = f'wallwatch sql --format {form} "{question}" > {out}'
        raise UserError(f"{view} has no time of its own, it is of one: {cure}")
    since_ms = None if since is None else _milliseconds(since)
    until_ms = None if until is None else _milliseconds(until)
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        raise UserError(f"--from {since} is not before --to {until}")
    sql, values = _question(view, since_ms, until_ms, settings.proof.fee_bps)
    values["default_format"] = FORMATS[out.suffix]
    if symbol is not None:
        sql += f" {'AND' if ' WHERE ' in sql else 'WHERE'} symbol = {{symbol:String}}"
        values["param_symbol"] = symbol.upper()
    body = ask(url or sql_address(settings), sql, values, settings)
    if out.suffix == ".csv":
        body = harmless_csv(body)
    _write(out, body)
    click.echo(f"{out}: {len(body)} bytes", err=True)


def _question(
    view: str, since_ms: int | None, until_ms: int | None, fee_bps: float
) -> tuple[str, dict[str, str]]:
    """Return the query of a view from one time up to another, and its parameters."""
    if view in IN_BRACKETS:
        last_ms = NEVER_MS if until_ms is None else until_ms - 1
        fee = f", fee_bps = {fee_bps}" if view == "outcome_figures" else ""
        return f"SELECT * FROM {view}(from_ms = {since_ms or 0}, to_ms = {last_ms}{fee})", {}
    time = TIME_OF.get(view, "event_time")
    conditions, values = [], {}
    for name, at_ms, comparison in (("since", since_ms, ">="), ("until", until_ms, "<")):
        if at_ms is not None:
            conditions.append(f"{time} {comparison} {{{name}:Int64}}")
            values[f"param_{name}"] = str(at_ms)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {view}{where}", values


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
