"""`wallwatch sql`: one question to the store, answered as a table."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import click

from compose.asking.source import ask, sql_address
from compose.errors import UserError
from compose.options import config_option
from compose.tables import aligned
from schemas.settings import load_settings

MOST_CELL: Final = 60
"""Characters of a cell in a table for people."""


@click.command("sql")
@click.argument("query")
@click.option("--format", "form", metavar="NAME", help="A ClickHouse format instead of the table.")
@click.option(
    "--param", "-p", "parameters", multiple=True, metavar="NAME=VALUE", help="Value of {NAME:Type}."
)
@click.option("--url", metavar="http://HOST:PORT", help="Where; default: that of `up`.")
@config_option
def command(
    query: str, form: str | None, parameters: tuple[str, ...], url: str | None, config: Path | None
) -> None:
    """Ask the store in SQL while `wallwatch up` runs; `-` reads the query from standard input.

    \b
    wallwatch sql "SELECT symbol, side, price FROM large_orders WHERE state != 'closed'"
    wallwatch sql "DESCRIBE TABLE large_orders"
    wallwatch sql "SELECT * FROM alerts WHERE symbol = {s:String}" -p s=BTCUSDT --format CSV
    wallwatch sql --format Parquet "SELECT * FROM flow_1m" > flow.parquet
    """
    settings = load_settings(config, {})
    values = dict(_parameter(text) for text in parameters)
    values["default_format"] = form or "JSONCompact"
    values["database"] = settings.clickhouse.database
    text = sys.stdin.read() if query == "-" else query
    body = ask(url or sql_address(settings), text, values, settings)
    if form is None and (table := _table(body)) is not None:
        click.echo(table)
    else:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()


def _parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name.isidentifier():
        raise UserError(f"--param {text}: expected NAME=VALUE")
    return f"param_{name}", value


def _table(body: bytes) -> str | None:
    """Return the answer as a table; None where the query has a FORMAT clause of its own."""
    try:
        document = json.loads(body)
        heads = [column["name"] for column in document["meta"]]
        rows = [[_cell(value) for value in row] for row in document["data"]]
    except (ValueError, TypeError, KeyError):
        return None
    count = len(rows)
    return f"{aligned(heads, rows)}\n({count} row{'' if count == 1 else 's'})"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value)
    line = " ".join(text.split())
    return line if len(line) <= MOST_CELL else line[: MOST_CELL - 1] + "…"
