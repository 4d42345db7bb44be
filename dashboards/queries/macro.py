"""The whole watch list in steps of five minutes: what the risk of a large move is judged by.

A step ends at (step + 1) * step_ms and holds only what was known by then.
"""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import Query
from dashboards.queries.now import AHEAD_MS

WINDOW: Final = "event_time >= {from_ms:Int64} AND event_time < {to_ms:Int64}"
STEP: Final = "intDiv(event_time, {step_ms:Int64}) AS step"

MACRO_END: Final = Query(
    "macro_end",
    "Newest second of any book",
    f"""
    SELECT max(event_time) AS until_ms FROM book_1s_rows
    WHERE event_time <= toUnixTimestamp64Milli(now64(3)) + {AHEAD_MS}
    """,
    "ms",
)

MINUTE_MIDS: Final = Query(
    "minute_mids",
    "Last mid of every minute",
    f"""
    SELECT venue, symbol, groupArray(minute) AS minutes, groupArray(last_mid) AS mids
    FROM (
        SELECT venue, symbol, intDiv(event_time, 60000) AS minute,
               argMax(mid, event_time) AS last_mid
        FROM book_1s_rows FINAL
        WHERE {WINDOW} AND mid > 0
        GROUP BY venue, symbol, minute
        ORDER BY venue, symbol, minute
    )
    GROUP BY venue, symbol
    ORDER BY venue, symbol
    """,
    "quote currency",
)

STEP_ACTIONS: Final = Query(
    "step_actions",
    "Last final action of every step",
    f"""
    SELECT venue, symbol, {STEP}, argMax(final_action, (event_time, event_id)) AS final_action
    FROM actions_rows FINAL
    WHERE {WINDOW}
    GROUP BY venue, symbol, step
    """,
    "actions",
)

STEP_FLOW: Final = Query(
    "step_flow",
    "Delta, open interest and funding of every step",
    f"""
    SELECT venue, symbol, {STEP}, sum(f.delta_usd) AS delta_usd,
           argMax(f.open_interest, event_time) AS open_interest,
           argMax(f.funding_rate, event_time) AS funding_rate
    FROM flow_rows AS f FINAL
    WHERE interval_ms = 60000 AND {WINDOW}
    GROUP BY venue, symbol, step
    """,
    "quote currency",
)

STEP_LURES: Final = Query(
    "step_lures",
    "Lures by the step in which they were told first",
    """
    SELECT venue, symbol, intDiv(told_ms, {step_ms:Int64}) AS step, count() AS lures
    FROM (
        SELECT venue, symbol, min(event_time) AS told_ms
        FROM large_order_events_rows FINAL
        WHERE first_seen >= {from_ms:Int64} - 86400000 AND event_time >= {from_ms:Int64}
          AND event_time < {to_ms:Int64}
          AND state = 'closed' AND classification IN ('SPOOF', 'MANIPULATION')
        GROUP BY venue, symbol, order_id
    )
    GROUP BY venue, symbol, step
    """,
    "orders",
)

WALLS_STANDING: Final = Query(
    "walls_standing",
    "Walls of DEFENSIVE_* with the time in which they stood",
    """
    SELECT venue, symbol, side, since_ms, if(closed_ms = 0, NULL, closed_ms) AS until_ms, value_usd
    FROM (
        SELECT venue, symbol, order_id, any(e.side) AS side,
               minIf(event_time, is_wall) AS since_ms,
               minIf(event_time, state = 'closed') AS closed_ms,
               argMinIf(e.value_usd, event_time, is_wall) AS value_usd,
               countIf(is_wall) AS times
        FROM (
            SELECT venue, symbol, order_id, side, event_time, state, value_usd,
                   state != 'closed'
                   AND classification IN ('DEFENSIVE_BUY', 'DEFENSIVE_SELL') AS is_wall
            FROM large_order_events_rows FINAL
            WHERE kind != 'changed' AND first_seen >= {from_ms:Int64} - 86400000
              AND event_time < {to_ms:Int64}
        ) AS e
        GROUP BY venue, symbol, order_id
    )
    WHERE times > 0
    """,
    "quote currency",
)
