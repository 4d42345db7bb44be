"""How long rows are kept: the tables' TTL, brought in line with the settings."""

from __future__ import annotations

import re
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.clickhouse.errors import StoreError, in_one_line
from schemas.clickhouse.tables import TABLES
from schemas.settings import ClickHouseSettings

BULKY_VIEWS: Final = frozenset({"book_1s", "feed_status", "cross_1s"})
"""Kept for `keep_book_days`."""
ARCHIVE_VIEW: Final = "raw_archive"
"""Kept for `keep_archive_days`; all others for `keep_days`."""
EXTRA_TABLES: Final = ("large_orders_rows",)
"""Tables of rows that no model writes to directly."""

_DAYS: Final = re.compile(r"toIntervalDay\((\d+)\)|INTERVAL (\d+) DAY")


def apply_retention(client: Client, settings: ClickHouseSettings) -> list[str]:
    """Change the TTL of the tables that differ from the settings; return their names. Blocking.

    Rows without a receive time are always kept. What is too old already goes with the next merge
    of its part, not at once. Raises StoreError.
    """
    wanted = {table.rows: _days_of(table.view, settings) for table in TABLES}
    wanted |= dict.fromkeys(EXTRA_TABLES, settings.keep_days)
    changed = []
    try:
        present = _present_days(client)
        for name, days in sorted(wanted.items()):
            if present.get(name, 0) != days:
                client.command(f"ALTER TABLE {name} {_ttl(days)}", settings=_IN_BACKGROUND)
                changed.append(name)
    except ClickHouseError as error:
        raise StoreError(f"keep_days cannot be applied: {in_one_line(error)}") from error
    return changed


def _days_of(view: str, settings: ClickHouseSettings) -> int:
    if view == ARCHIVE_VIEW:
        return settings.keep_archive_days
    return settings.keep_book_days if view in BULKY_VIEWS else settings.keep_days


_IN_BACKGROUND: Final = {"materialize_ttl_after_modify": 0}
"""Do not rewrite every part of a large table at the start of a worker."""


def _present_days(client: Client) -> dict[str, int]:
    """Return the days in force by table; tables without a TTL are missing."""
    rows = client.query(
        "SELECT name, create_table_query FROM system.tables "
        "WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    ).result_rows
    found = {}
    for name, statement in rows:
        _, has_ttl, clause = statement.partition(" TTL ")
        match = _DAYS.search(clause) if has_ttl else None
        if match:
            found[name] = int(match[1] or match[2])
    return found


def _ttl(days: int) -> str:
    if days == 0:
        return "REMOVE TTL"
    return (
        "MODIFY TTL toDateTime(intDiv(received_us, 1000000)) + "
        f"INTERVAL {days} DAY DELETE WHERE received_us > 0"
    )
