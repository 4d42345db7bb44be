"""SQL that panels share: which market and which time they are about."""

from typing import Final

from schemas.record import ALL_VENUES
from schemas.signals.repeat import BOOK_REPEAT_MS
from schemas.units import DAY_MS

MARKET: Final = "venue IN (${venue:singlequote}) AND symbol IN (${symbol:singlequote})"
"""The selected markets; the columns are read from the only table of the query."""


def market(alias: str) -> str:
    """Return MARKET for the columns of a table alias."""
    return MARKET.replace("venue IN", f"{alias}.venue IN").replace(
        "symbol IN", f"{alias}.symbol IN"
    )


def in_digits(price: str) -> str:
    """Return an expression of a price as text without an exponent: 0.00000045, not 4.5e-7."""
    fixed = f"replaceRegexpOne(toDecimalString({price}, 18), '0+$', '')"
    return f"if(position(toString({price}), 'e-') > 0, {fixed}, toString({price}))"


COIN: Final = f"venue = '{ALL_VENUES}' AND symbol IN (${{coin:singlequote}})"
"""What the markets of the selected coins say together."""

FROM_MS: Final = "toUnixTimestamp64Milli($__fromTime_ms)"
TO_MS: Final = "toUnixTimestamp64Milli($__toTime_ms)"

IN_RANGE: Final = f"event_time >= {FROM_MS} AND event_time <= {TO_MS}"
"""Rows of the time range, by the column that tables are ordered by."""


def every_second(*columns: str) -> str:
    """Return SQL of `columns` of the selected books at each second of the range, also at those that
    were left out because they were as the one before; with venue, symbol, event_time and time."""
    return f"""(
    SELECT venue, symbol, second_ms AS event_time,
           fromUnixTimestamp64Milli(second_ms, 'UTC') AS time, {", ".join(columns)}
    FROM
    (
        SELECT venue, symbol, {", ".join(columns)},
               event_time + 1000 * arrayJoin(range(toUInt32(greatest(1, intDiv(
                   least({BOOK_REPEAT_MS}, next_ms - event_time), 1000))))) AS second_ms
        FROM
        (
            SELECT venue, symbol, event_time, {", ".join(columns)},
                   leadInFrame(event_time, 1, event_time) OVER (
                       PARTITION BY venue, symbol ORDER BY event_time
                       ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_ms
            FROM book_1s
            WHERE {MARKET} AND event_time > {FROM_MS} - {BOOK_REPEAT_MS}
              AND event_time <= {TO_MS}
        )
    )
    WHERE second_ms >= {FROM_MS}
)"""


OLDEST_ORDER: Final = f"first_seen >= {FROM_MS} - {DAY_MS} AND first_seen <= {TO_MS}"
"""Orders are kept by first_seen: one that stands in the range is at most a day older than it."""

IN_CLASS: Final = "classification IN (${class:singlequote})"

NOW_MS: Final = f"coalesce((SELECT max(event_time) FROM book_1s WHERE {MARKET} AND {IN_RANGE}), 0)"
"""Newest event time in the range: ages are counted in market time, not by the wall clock."""
