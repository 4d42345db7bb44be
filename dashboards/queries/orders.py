"""Large orders by id and by when they ended, and the actions beside them."""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import ONE_SYMBOL, Query

ORDER: Final = Query(
    "order",
    "One large order",
    """
    SELECT * EXCEPT (schema_version, received_us, event_id)
    FROM large_orders_rows FINAL
    WHERE order_id = {order_id:String}
      AND first_seen >= {first_from:Int64} AND first_seen <= {first_to:Int64}
    LIMIT 1
    """,
    "quote currency",
)

ORDER_HISTORY: Final = Query(
    "order_history",
    "Large orders by when they ended, or were last heard of",
    f"""
    SELECT * EXCEPT (schema_version, received_us, event_id, sequence)
    FROM large_orders_rows FINAL
    WHERE {ONE_SYMBOL}
      AND first_seen > {{from_ms:Int64}} - {{horizon_ms:Int64}} AND first_seen <= {{to_ms:Int64}}
      AND ifNull(closed_at, event_time) >= {{from_ms:Int64}}
      AND ifNull(closed_at, event_time) <= {{to_ms:Int64}}
      AND ({{state:String}} = '' OR (state = 'closed') = ({{state:String}} = 'closed'))
      AND ({{side:String}} = '' OR side = {{side:String}})
      AND ({{classification:String}} = '' OR classification = {{classification:String}})
      AND ({{close_reason:String}} = '' OR close_reason = {{close_reason:String}})
      AND ({{pulled:Int8}} = -1
           OR (ifNull(close_reason, '') IN ('cancelled', 'shrunk')) = ({{pulled:Int8}} = 1))
      AND ({{persistent:Int8}} = -1 OR is_persistent = ({{persistent:Int8}} = 1))
      AND ({{spoof:Int8}} = -1 OR is_spoof = ({{spoof:Int8}} = 1))
      AND max_impact_ratio >= {{min_impact:Float64}}
    ORDER BY ifNull(closed_at, event_time) DESC, order_id LIMIT {{limit:UInt32}}
    """,
    "quote currency",
)

ACTIONS_WINDOW: Final = Query(
    "actions_window",
    "Final actions with their scores",
    f"""
    SELECT event_time, final_action, buy_score, sell_score, smart_score, cvd_usd, open_interest,
           oi_change_pct, spoof_count
    FROM actions_rows FINAL WHERE {ONE_SYMBOL}
      AND event_time > {{from_ms:Int64}} AND event_time <= {{to_ms:Int64}}
    ORDER BY event_time, event_id
    """,
    "points",
)
