"""Readings of closed quarters, and the running one."""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import NOW, Query

_READING: Final = """venue, symbol, event_time, final_action, confidence, is_smart_money, source,
           price_change_pct, cvd_z, oi_change_pct, reasons, evidence"""

SMART_MONEY: Final = Query(
    "smart_money",
    "Readings of closed quarters, newest first",
    f"""
    SELECT {_READING}
    FROM smart_money_rows FINAL
    WHERE event_time > (SELECT max(event_time) FROM smart_money_rows) - {{horizon_ms:Int64}}
      AND NOT preliminary
      AND ({{symbol:String}} = '' OR symbol = {{symbol:String}})
    ORDER BY event_time DESC, venue, symbol LIMIT {{limit:UInt32}}
    """,
    "confidence, 0 to 1",
)

PRELIMINARY: Final = Query(
    "preliminary",
    "Readings of the running quarters: the newest of every symbol",
    f"""
    SELECT {_READING}
    FROM smart_money_rows FINAL
    WHERE preliminary
      AND event_time >= intDiv(arrayMin({{now_ms:Array(Int64)}}) - 1, 900000) * 900000
      AND concat(venue, ':', symbol) IN {{symbols:Array(String)}}
      AND event_time >= intDiv({NOW} - 1, 900000) * 900000
    ORDER BY event_time DESC LIMIT 1 BY venue, symbol
    """,
    "confidence, 0 to 1",
)

QUARTER_NOW: Final = Query(
    "quarter_now",
    "The running quarter of every symbol",
    f"""
    SELECT venue, symbol, max(event_time) + 1000 AS until_ms,
           argMinIf(open, event_time, open IS NOT NULL) AS first_price,
           argMaxIf(close, event_time, close IS NOT NULL) AS last_price,
           sum(delta_usd) AS delta_usd, sum(buy_usd + sell_usd) AS volume_usd,
           argMinIf(open_interest, event_time, open_interest IS NOT NULL) AS first_oi,
           argMaxIf(open_interest, event_time, open_interest IS NOT NULL) AS last_oi
    FROM flow_rows FINAL
    WHERE interval_ms = 1000
      AND event_time >= intDiv(arrayMin({{now_ms:Array(Int64)}}) - 1, 900000) * 900000
      AND concat(venue, ':', symbol) IN {{symbols:Array(String)}}
      AND event_time >= intDiv({NOW} - 1, 900000) * 900000
    GROUP BY venue, symbol
    """,
    "quote currency",
)

QUARTER_BARS: Final = Query(
    "quarter_bars",
    "Delta and volume of closed quarters",
    """
    SELECT venue, symbol, event_time, delta_usd, buy_usd + sell_usd AS volume_usd
    FROM flow_rows FINAL
    WHERE interval_ms = 900000
      AND event_time > (SELECT max(event_time) FROM smart_money_rows) - {horizon_ms:Int64} - 900000
    """,
    "quote currency",
)

ACTIONS_TAIL: Final = Query(
    "actions_tail",
    "Final actions of every symbol: the newest",
    f"""
    SELECT venue, symbol, event_time, final_action, buy_score, sell_score, smart_score
    FROM actions_rows FINAL WHERE event_time > arrayMin({{now_ms:Array(Int64)}}) - {{tail_ms:Int64}}
      AND concat(venue, ':', symbol) IN {{symbols:Array(String)}}
      AND event_time > {NOW} - {{tail_ms:Int64}}
    ORDER BY event_time DESC, event_id LIMIT {{limit:UInt32}} BY venue, symbol
    """,
    "points",
)
