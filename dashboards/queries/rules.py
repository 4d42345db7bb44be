"""What rules watch, by the market's time; and how it was graded."""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import Query
from schemas.units import DAY_MS, HOUR_MS

_ORDER: Final = """event_id, order_id, venue, symbol, event_time, side, price, state, close_reason,
           classification, value_usd, max_value_usd, path_ratio, spoof_probability,
           p_filled_60s, p_pulled_60s, distance_bps, fill_ratio, chain_id, chain_length"""

MARKET_NOW: Final = Query(
    "market_now",
    "Newest moment of the market that anything was told of, and the local clock then",
    """
    SELECT max(newest_ms) AS now_ms, intDiv(max(newest_us), 1000) AS clock_ms
    FROM
    (
        SELECT max(event_time) AS newest_ms, max(received_us) AS newest_us FROM book_1s_rows
        UNION ALL
        SELECT max(event_time), max(received_us) FROM actions_rows
    )
    """,
    "ms",
)

MARKET_SINCE: Final = Query(
    "market_since",
    "Oldest moment of a time that anything was told of, by the market and by the local clock",
    """
    SELECT ifNull(min(oldest_ms), 0) AS since_ms, intDiv(min(oldest_us), 1000) AS since_clock_ms
    FROM
    (
        SELECT toNullable(event_time) AS oldest_ms, received_us AS oldest_us FROM book_1s_rows
        WHERE event_time > {after_ms:Int64}
        UNION ALL
        SELECT event_time, received_us FROM actions_rows WHERE event_time > {after_ms:Int64}
        UNION ALL
        SELECT NULL, received_us FROM feed_status
        WHERE received_us > {after_clock_ms:Int64} * 1000
    )
    """,
    "ms",
)

RULE_ORDERS: Final = Query(
    "rule_orders",
    "Events of large orders after a moment",
    f"""
    SELECT {_ORDER}
    FROM large_order_events
    WHERE first_seen > {{after_ms:Int64}} - {DAY_MS}
      AND event_time > {{after_ms:Int64}} AND event_time <= {{to_ms:Int64}}
    ORDER BY event_time, order_id, sequence LIMIT {{limit:UInt32}}
    """,
    "orders",
)

RULE_STANDING: Final = Query(
    "rule_standing",
    "Large orders that stood at a moment, by their newest event before it",
    f"""
    SELECT {_ORDER}
    FROM large_order_events
    WHERE first_seen > {{after_ms:Int64}} - {DAY_MS} AND event_time <= {{after_ms:Int64}}
    ORDER BY order_id, sequence DESC LIMIT 1 BY order_id
    """,
    "orders",
)

RULE_MIDS: Final = Query(
    "rule_mids",
    "Mid of every second after a moment",
    """
    SELECT venue, symbol, event_time, mid
    FROM book_1s
    WHERE event_time > {after_ms:Int64} AND event_time <= {to_ms:Int64}
      AND (empty({symbols:Array(String)}) OR symbol IN {symbols:Array(String)})
    ORDER BY event_time, venue, symbol LIMIT {limit:UInt32}
    """,
    "quote currency",
)

RULE_ACTIONS: Final = Query(
    "rule_actions",
    "Final actions after a moment",
    """
    SELECT event_id, venue, symbol, event_time, final_action
    FROM actions
    WHERE event_time > {after_ms:Int64} AND event_time <= {to_ms:Int64}
    ORDER BY event_time, event_id LIMIT {limit:UInt32}
    """,
    "actions",
)

RULE_ACTIONS_BEFORE: Final = Query(
    "rule_actions_before",
    "Final action of every symbol at a moment; an unchanged one is told again each minute",
    f"""
    SELECT venue, symbol, argMax(final_action, (event_time, event_id)) AS final_action
    FROM actions
    WHERE event_time > {{after_ms:Int64}} - {HOUR_MS} AND event_time <= {{after_ms:Int64}}
    GROUP BY venue, symbol
    """,
    "actions",
)

RULE_CROSS: Final = Query(
    "rule_cross",
    "What was seen on several markets after a moment",
    """
    SELECT event_id, venue, symbol, event_time, finding_id, kind, side, price, distance_bps,
           markets, value_usd
    FROM cross_findings
    WHERE event_time > {after_ms:Int64} AND event_time <= {to_ms:Int64}
    ORDER BY event_time, event_id LIMIT {limit:UInt32}
    """,
    "findings",
)

RULE_FEEDS: Final = Query(
    "rule_feeds",
    "States of streams after a moment of the local clock",
    """
    SELECT venue, symbol, stream, state, intDiv(received_us, 1000) AS event_time
    FROM feed_status
    WHERE received_us > {after_ms:Int64} * 1000 AND received_us <= {to_ms:Int64} * 1000
    ORDER BY received_us, stream, state LIMIT {limit:UInt32}
    """,
    "ms",
)

RULE_FEEDS_BEFORE: Final = Query(
    "rule_feeds_before",
    "State of every stream at a moment of the local clock: it is told when it changes, never again",
    """
    SELECT venue, symbol, stream, argMax(state, received_us) AS state
    FROM feed_status
    WHERE received_us <= {after_ms:Int64} * 1000
    GROUP BY venue, symbol, stream
    """,
    "ms",
)

RULE_OUTCOMES: Final = Query(
    "rule_outcomes",
    "Readings of orders and actions in a window, as graded at one horizon",
    """
    SELECT reading_id, reading_kind, told_at, return_bps, void_reason
    FROM outcomes_rows FINAL
    WHERE told_at >= {from_ms:Int64} AND told_at <= {to_ms:Int64}
      AND event_time >= {from_ms:Int64}
      AND horizon_ms = {horizon_ms:Int64}
      AND reading_kind IN ('order_open', 'order_closed', 'action')
    ORDER BY told_at, reading_id
    """,
    "bps",
)
