"""What the columns of views mean: `DESCRIBE TABLE large_orders` says what that of its rows says.

ClickHouse does not take the comments of a table over into the views that read it, and forgets those
of a view that is replaced.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.clickhouse.tables import TABLES

ROWS_OF: Final = {table.view: table.rows for table in TABLES} | {
    "large_orders": "large_orders_rows",
    "flow_1s": "flow_rows",
    "flow_1m": "flow_rows",
    "flow_15m": "flow_rows",
    "smart_money_now": "smart_money_rows",
    "book_heat": "book_1s_rows",
}
"""The table whose rows a view shows, column by column."""
OWN: Final = {
    "time": "The moment for people, UTC",
    "price": "Price of the bucket, quote currency",
    "bid_usd": "Bids that rest in the bucket, USD",
    "ask_usd": "Asks that rest in the bucket, USD",
}
"""Columns that the rows of the table do not have."""

_COLUMNS: Final = """
SELECT table, name, comment FROM system.columns
WHERE database = currentDatabase() AND table IN {tables:Array(String)}
ORDER BY table, position
"""


def describe_views(client: Client) -> list[str]:
    """Give the columns of views their comments where they have none; return the views. Blocking.

    Without the right to do so the columns stay without: nothing but a reader needs them.
    """
    described = []
    with suppress(ClickHouseError):
        comments = _comments(client)
        for view, rows in ROWS_OF.items():
            known = OWN | comments.get(rows, {})
            changes = [
                f"COMMENT COLUMN `{name}` '{_escaped(known[name])}'"
                for name, comment in comments.get(view, {}).items()
                if not comment and known.get(name)
            ]
            if changes:
                client.command(f"ALTER TABLE {view} {', '.join(changes)}")
                described.append(view)
    return described


def _comments(client: Client) -> dict[str, dict[str, str]]:
    """Return the comments of columns by table and column."""
    found: dict[str, dict[str, str]] = {}
    wanted = {"tables": sorted({*ROWS_OF, *ROWS_OF.values()})}
    for table, name, comment in client.query(_COLUMNS, parameters=wanted).result_rows:
        found.setdefault(table, {})[name] = comment
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
