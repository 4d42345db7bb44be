"""SQL that panels share: which market and which time they are about."""

from typing import Final

from schemas.units import DAY_MS

MARKET: Final = "venue IN (${venue:singlequote}) AND symbol IN (${symbol:singlequote})"
"""The selected markets; the columns are read from the only table of the query."""


def market(alias: str) -> str:
    """Return MARKET for the columns of a table alias."""
    return MARKET.replace("venue IN", f"{alias}.venue IN").replace(
        "symbol IN", f"{alias}.symbol IN"
    )


FROM_MS: Final = "toUnixTimestamp64Milli($__fromTime_ms)"
TO_MS: Final = "toUnixTimestamp64Milli($__toTime_ms)"

IN_RANGE: Final = f"event_time >= {FROM_MS} AND event_time <= {TO_MS}"
"""Rows of the time range, by the column that tables are ordered by."""

OLDEST_ORDER: Final = f"first_seen >= {FROM_MS} - {DAY_MS} AND first_seen <= {TO_MS}"
"""Orders are kept by first_seen: one that stands in the range is at most a day older than it."""

IN_CLASS: Final = "classification IN (${class:singlequote})"

NOW_MS: Final = f"coalesce((SELECT max(event_time) FROM book_1s WHERE {MARKET} AND {IN_RANGE}), 0)"
"""Newest event time in the range: ages are counted in market time, not by the wall clock."""
