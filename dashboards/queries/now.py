"""The newest state of every symbol: what the status and the summary are made of.

Symbols whose newest event is more than `horizon_ms` older than the newest of all are left out. A
row whose time is ahead of the store's clock by more than AHEAD_MS is not the newest of anything:
it would hide the other symbols and stop its own.
"""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import NOW, Query
from schemas.market import INTEREST_POLL, QUOTE_POLL
from schemas.signals import LargeOrderEvent

AHEAD_MS: Final = 5_000
"""How far the clocks of venue and store may differ, ms."""


def _newest(rows: str, condition: str = "1") -> str:
    """Return SQL of the newest event of each live symbol in a table of rows."""
    believed = f"{condition} AND event_time <= toUnixTimestamp64Milli(now64(3)) + {AHEAD_MS}"
    return f"""
        SELECT venue, symbol, max(event_time) FROM {rows}
        WHERE {believed}
          AND event_time
              > (SELECT max(event_time) FROM {rows} WHERE {believed}) - {{horizon_ms:Int64}}
        GROUP BY venue, symbol"""


BOOK_NOW: Final = Query(
    "book_now",
    "Book now",
    f"""
    SELECT venue, symbol, event_time, is_valid, mid, spread_bps, obi, open_orders, threshold_usd,
           quote_usd
    FROM book_1s_rows FINAL
    WHERE (venue, symbol, event_time) IN ({_newest("book_1s_rows")})
    """,
    "USD, prices in quote currency",
)

IN_USD: Final = Query(
    "in_usd",
    "Whether amounts at the end of a time are in USD or in the quote currency",
    """
    SELECT venue, symbol, argMax(isNotNull(quote_usd), event_time) AS is_in_usd
    FROM book_1s_rows
    WHERE concat(venue, ':', symbol) IN {symbols:Array(String)}
      AND event_time BETWEEN {from_ms:Int64} AND {to_ms:Int64}
    GROUP BY venue, symbol
    """,
    "yes or no",
)

FLOW_NOW: Final = Query(
    "flow_now",
    "CVD and open interest now",
    f"""
    SELECT venue, symbol, event_time + interval_ms AS bar_end, cvd_qty, cvd_usd, delta_usd,
           open_interest, oi_change, oi_change_pct, funding_rate
    FROM flow_rows FINAL
    WHERE interval_ms = 1000
      AND (venue, symbol, event_time) IN ({_newest("flow_rows", "interval_ms = 1000")})
    """,
    "USD",
)

ACTION_NOW: Final = Query(
    "action_now",
    "Final action now",
    f"""
    SELECT venue, symbol, event_time, final_action, buy_score, sell_score, smart_score, evidence
    FROM actions_rows FINAL
    WHERE (venue, symbol, event_time) IN ({_newest("actions_rows")})
    ORDER BY event_id
    LIMIT 1 BY venue, symbol
    """,
    "points",
)

_RECENT: Final = f"""
    first_seen > arrayMin({{now_ms:Array(Int64)}}) - {{horizon_ms:Int64}}
      AND concat(venue, ':', symbol) IN {{symbols:Array(String)}}
      AND first_seen > {NOW} - {{horizon_ms:Int64}}"""

ORDER_COLUMNS: Final = tuple(
    name
    for name in LargeOrderEvent.model_fields
    if name not in {"schema_version", "event_id", "received_us", "sequence"}
)
"""What the page and the API give of an order."""

ORDERS_NOW: Final = Query(
    "orders_now",
    "Large orders: open ones by value, then the newest closed",
    f"""
    SELECT {", ".join(ORDER_COLUMNS)}
    FROM large_orders_rows FINAL
    WHERE {_RECENT}
      AND (state != 'closed' OR closed_at >= {NOW} - {{closed_ms:Int64}})
    ORDER BY venue, symbol, state = 'closed', if(state = 'closed', -closed_at, 0),
             value_usd DESC, order_id
    LIMIT {{limit:UInt32}} BY venue, symbol
    """,
    "USD, prices in quote currency",
)

STREAMS_NOW: Final = Query(
    "streams_now",
    "Streams that are not up, in words: all of them, and those of the venue without what is polled",
    f"""
    SELECT venue, symbol,
           arrayStringConcat(groupArray(concat(stream, ' is ', state,
               if(reason = '', '', concat(' (', reason, ')'))) AS told), '; ') AS words,
           arrayStringConcat(groupArrayIf(told, NOT endsWith(stream, '{INTEREST_POLL}')
               AND NOT endsWith(stream, '{QUOTE_POLL}')), '; ') AS streamed
    FROM (
        SELECT venue, symbol, stream,
               argMax(state, received_us) AS state, argMax(reason, received_us) AS reason
        FROM feed_status_rows FINAL
        GROUP BY venue, symbol, stream
        ORDER BY stream
    )
    WHERE state != 'up'
    GROUP BY venue, symbol
    """,
    "words",
)

SPOOFS_NOW: Final = Query(
    "spoofs_now",
    "SPOOF closings in the last 60 s",
    f"""
    SELECT venue, symbol, count() AS spoof_count
    FROM large_orders_rows FINAL
    WHERE {_RECENT}
      AND is_spoof AND state = 'closed' AND closed_at > {NOW} - 60000
    GROUP BY venue, symbol
    """,
    "orders",
)
