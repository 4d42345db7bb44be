"""The newest state of every symbol: what the status and the summary are made of.

Symbols whose newest event is more than `horizon_ms` older than the newest of all are left out.
"""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import NOW, Query


def _newest(rows: str, condition: str = "1") -> str:
    """Return SQL of the newest event of each live symbol in a table of rows."""
    return f"""
        SELECT venue, symbol, max(event_time) FROM {rows}
        WHERE {condition}
          AND event_time > (SELECT max(event_time) FROM {rows}) - {{horizon_ms:Int64}}
        GROUP BY venue, symbol"""


BOOK_NOW: Final = Query(
    "book_now",
    "Book now",
    f"""
    SELECT venue, symbol, event_time, is_valid, mid, spread_bps, obi, open_orders, threshold_usd
    FROM book_1s_rows FINAL
    WHERE (venue, symbol, event_time) IN ({_newest("book_1s_rows")})
    """,
    "quote currency",
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
    "quote currency",
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

ORDERS_NOW: Final = Query(
    "orders_now",
    "Large orders: open ones by value, then the newest closed",
    f"""
    SELECT order_id, venue, symbol, side, price, event_time, kind, state, close_reason, tier,
           threshold_usd, first_seen, last_seen, closed_at, observations, lifetime_ms, birth_known,
           initial_qty, current_qty, max_qty, value_usd, max_value_usd, added_qty, traded_qty,
           cancelled_qty, hidden_traded_qty, fill_ratio, impact_ratio, impact_ratio_side,
           max_impact_ratio, distance_bps_open, distance_bps_min, distance_bps, refill_count,
           is_persistent, is_spoof, was_consumed, is_iceberg, classification, spoof_score, evidence,
           settings_version
    FROM large_orders_rows FINAL
    WHERE {_RECENT}
      AND (state != 'closed' OR closed_at >= {NOW} - {{closed_ms:Int64}})
    ORDER BY venue, symbol, state = 'closed', if(state = 'closed', -closed_at, 0),
             value_usd DESC, order_id
    LIMIT {{limit:UInt32}} BY venue, symbol
    """,
    "quote currency",
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
