"""Every question that the page, the API and Grafana ask the store: its SQL once, with its unit.

Times are venue times in ms. "Now" of a symbol is its newest event time, not the wall clock: a
replayed capture is old by years. Symbols whose newest event is more than `horizon_ms` older than
the newest of all are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Query:
    """One question."""

    name: str
    title: str
    sql: str
    """With ClickHouse parameters, `{name:Type}`."""
    unit: str
    """Unit of the main figure."""


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

# The newest event time of each symbol asked for; `symbols` holds venue:symbol.
_NOW: Final = (
    "transform(concat(venue, ':', symbol), {symbols:Array(String)}, {now_ms:Array(Int64)}, 0)"
)
_RECENT: Final = f"""
    first_seen > arrayMin({{now_ms:Array(Int64)}}) - {{horizon_ms:Int64}}
      AND concat(venue, ':', symbol) IN {{symbols:Array(String)}}
      AND first_seen > {_NOW} - {{horizon_ms:Int64}}"""

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
      AND (state != 'closed' OR closed_at >= {_NOW} - {{closed_ms:Int64}})
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
      AND is_spoof AND state = 'closed' AND closed_at > {_NOW} - 60000
    GROUP BY venue, symbol
    """,
    "orders",
)

# What follows is read in tails: the last `tail_ms` of every symbol in one query, shared by all who
# watch, and once in full by whoever starts to watch.
_IN_TAIL: Final = f"""
    event_time > arrayMin({{now_ms:Array(Int64)}}) - {{tail_ms:Int64}}
      AND concat(venue, ':', symbol) IN {{symbols:Array(String)}}
      AND event_time > {_NOW} - {{tail_ms:Int64}}"""
_ONE_SYMBOL: Final = "venue = {venue:String} AND symbol = {symbol:String}"
_IN_WINDOW: Final = (
    f"{_ONE_SYMBOL} AND event_time > {{from_ms:Int64}} AND event_time <= {{to_ms:Int64}}"
)
_BOOK_COLUMNS: Final = "event_time, mid, heat_prices, heat_bid_usd, heat_ask_usd"
_FLOW_COLUMNS: Final = """
           open, high, low, close, buy_usd, sell_usd, delta_usd, cvd_usd, delta_usd_lt_10k,
           delta_usd_10k_100k, delta_usd_100k_1m, delta_usd_ge_1m, open_interest, oi_change,
           oi_change_pct, mark_price, funding_rate"""
_WALL_COLUMNS: Final = """
    order_id, side, price, state, close_reason, first_seen, closed_at, lifetime_ms, classification,
    max_value_usd, value_usd, max_impact_ratio, fill_ratio, is_persistent, is_spoof"""

BOOK_TAIL: Final = Query(
    "book_tail",
    "Newest seconds of the book by price",
    f"""
    SELECT venue, symbol, {_BOOK_COLUMNS}
    FROM book_1s_rows FINAL WHERE {_IN_TAIL} ORDER BY event_time
    """,
    "quote currency",
)

BOOK_WINDOW: Final = Query(
    "book_window",
    "The book by price and time",
    f"""
    SELECT {_BOOK_COLUMNS}
    FROM book_1s_rows FINAL
    WHERE {_IN_WINDOW} AND event_time % {{step_ms:Int64}} = 0
    ORDER BY event_time
    """,
    "quote currency",
)

FLOW_TAIL: Final = Query(
    "flow_tail",
    "Newest seconds of the flow",
    f"""
    SELECT venue, symbol, event_time, {_FLOW_COLUMNS}
    FROM flow_rows FINAL WHERE interval_ms = 1000 AND {_IN_TAIL} ORDER BY event_time
    """,
    "quote currency",
)

FLOW_WINDOW: Final = Query(
    "flow_window",
    "Price, volumes, delta, CVD, open interest and funding by time",
    f"""
    SELECT intDiv(event_time, {{step_ms:Int64}}) * {{step_ms:Int64}} AS bar_time,
           argMinIf(open, event_time, open IS NOT NULL) AS open, max(high) AS high, min(low) AS low,
           argMaxIf(close, event_time, close IS NOT NULL) AS close,
           sum(buy_usd) AS buy_usd, sum(sell_usd) AS sell_usd, sum(delta_usd) AS delta_usd,
           argMax(cvd_usd, event_time) AS cvd_usd,
           sum(delta_usd_lt_10k) AS delta_usd_lt_10k,
           sum(delta_usd_10k_100k) AS delta_usd_10k_100k,
           sum(delta_usd_100k_1m) AS delta_usd_100k_1m,
           sum(delta_usd_ge_1m) AS delta_usd_ge_1m,
           argMax(open_interest, event_time) AS open_interest,
           argMax(oi_change, event_time) AS oi_change,
           argMax(oi_change_pct, event_time) AS oi_change_pct,
           argMax(mark_price, event_time) AS mark_price,
           argMax(funding_rate, event_time) AS funding_rate
    FROM (SELECT event_time, {_FLOW_COLUMNS} FROM flow_rows FINAL
          WHERE {_IN_WINDOW} AND interval_ms = {{interval_ms:UInt32}})
    GROUP BY bar_time ORDER BY bar_time
    """,
    "quote currency",
)

WALLS_TAIL: Final = Query(
    "walls_tail",
    "Large orders that stand or ended in the newest seconds",
    f"""
    SELECT venue, symbol, {_WALL_COLUMNS}
    FROM large_orders_rows FINAL
    WHERE {_RECENT}
      AND (state != 'closed' OR closed_at > {_NOW} - {{tail_ms:Int64}})
    ORDER BY max_value_usd DESC
    LIMIT {{limit:UInt32}} BY venue, symbol
    """,
    "quote currency",
)

WALLS_WINDOW: Final = Query(
    "walls_window",
    "Large orders of a time: the largest",
    f"""
    SELECT {_WALL_COLUMNS}
    FROM large_orders_rows FINAL
    WHERE {_ONE_SYMBOL}
      AND first_seen > {{from_ms:Int64}} - {{horizon_ms:Int64}} AND first_seen <= {{to_ms:Int64}}
      AND (state != 'closed' OR closed_at > {{from_ms:Int64}})
    ORDER BY max_value_usd DESC
    LIMIT {{limit:UInt32}}
    """,
    "quote currency",
)

_FATE: Final = """
    SELECT {key} intDiv(at, {{step_ms:Int64}}) * {{step_ms:Int64}} AS bar_time,
           sumIf(traded_usd, side = 'bid') AS bid_filled_usd,
           sumIf(traded_usd, side = 'ask') AS ask_filled_usd,
           sumIf(pulled_usd, side = 'bid') AS bid_pulled_usd,
           sumIf(pulled_usd, side = 'ask') AS ask_pulled_usd
    FROM (
        SELECT {key} event_time AS at, side,
               price * (traded_qty - lagInFrame(traded_qty, 1, 0) OVER life) AS traded_usd,
               price * (cancelled_qty - lagInFrame(cancelled_qty, 1, 0) OVER life) AS pulled_usd
        FROM (SELECT {key} order_id, sequence, event_time, side, price, traded_qty, cancelled_qty
              FROM large_order_events_rows FINAL WHERE {rows})
        WINDOW life AS (PARTITION BY order_id ORDER BY sequence
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))
    WHERE {time} GROUP BY {key} bar_time ORDER BY bar_time
"""

FATES_TAIL: Final = Query(
    "fates_tail",
    "What was filled and pulled of large orders in the newest seconds",
    _FATE.format(
        key="venue, symbol,",
        rows=_RECENT.replace("horizon_ms", "fate_ms"),
        time=f"at > {_NOW} - {{tail_ms:Int64}}",
    ),
    "quote currency",
)
"""Of orders that were first seen in the last `fate_ms`."""

FATES_WINDOW: Final = Query(
    "fates_window",
    "What was filled and pulled of large orders",
    _FATE.format(
        key="",
        rows=f"{_ONE_SYMBOL} AND first_seen > {{from_ms:Int64}} - {{fate_ms:Int64}} "
        "AND first_seen <= {to_ms:Int64}",
        time="at > {from_ms:Int64} AND at <= {to_ms:Int64}",
    ),
    "quote currency",
)

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

ORDER_EVENTS: Final = Query(
    "order_events",
    "The life of one large order",
    f"""
    SELECT sequence, event_time, kind, state, current_qty, traded_qty, added_qty, cancelled_qty,
           hidden_traded_qty, value_usd, distance_bps, impact_ratio, classification
    FROM large_order_events_rows FINAL
    WHERE {_ONE_SYMBOL} AND first_seen = {{first_seen:Int64}} AND order_id = {{order_id:String}}
    ORDER BY sequence DESC LIMIT {{limit:UInt32}}
    """,
    "base quantity",
)

ORDER_HISTORY: Final = Query(
    "order_history",
    "Large orders by when they ended, or were last heard of",
    f"""
    SELECT * EXCEPT (schema_version, received_us, event_id, sequence)
    FROM large_orders_rows FINAL
    WHERE {_ONE_SYMBOL}
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
    FROM actions_rows FINAL WHERE {_IN_WINDOW}
    ORDER BY event_time, event_id
    """,
    "points",
)

ACTIONS_TAIL: Final = Query(
    "actions_tail",
    "Final actions of every symbol: the newest",
    f"""
    SELECT venue, symbol, event_time, final_action, buy_score, sell_score, smart_score
    FROM actions_rows FINAL WHERE {_IN_TAIL}
    ORDER BY event_time DESC, event_id LIMIT {{limit:UInt32}} BY venue, symbol
    """,
    "points",
)

SMART_MONEY: Final = Query(
    "smart_money",
    "Readings of closed quarters, newest first",
    """
    SELECT venue, symbol, event_time, final_action, confidence, is_smart_money, source,
           price_change_pct, cvd_z, oi_change_pct, reasons, evidence
    FROM smart_money_rows FINAL
    WHERE event_time > (SELECT max(event_time) FROM smart_money_rows) - {horizon_ms:Int64}
      AND ({symbol:String} = '' OR symbol = {symbol:String})
    ORDER BY event_time DESC, venue, symbol LIMIT {limit:UInt32}
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
      AND event_time >= intDiv({_NOW} - 1, 900000) * 900000
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

ALERTS_NEWEST: Final = Query(
    "alerts_newest",
    "Newest alerts",
    """
    SELECT event_id, venue, symbol, event_time, rule, level, message
    FROM alerts_rows FINAL
    WHERE event_time > (SELECT max(event_time) FROM alerts_rows) - {horizon_ms:Int64}
    ORDER BY event_time DESC, event_id LIMIT {limit:UInt32}
    """,
    "alerts",
)

ALERTS_RECEIVED: Final = Query(
    "alerts_received",
    "Alerts by when they were received",
    """
    SELECT event_id, venue, symbol, event_time, received_us, rule, level, message, evidence
    FROM alerts WHERE received_us > {after_us:Int64}
    ORDER BY received_us, event_id LIMIT {limit:UInt32}
    """,
    "alerts",
)

STREAMS_NOW: Final = Query(
    "streams_now",
    "State of every stream, and how often it was in trouble",
    """
    SELECT venue, symbol, stream, argMax(state, received_us) AS last_state,
           argMax(reason, received_us) AS last_reason, max(received_us) AS changed_us,
           countIf(state = 'gap') AS gaps, countIf(state = 'silent') AS silences,
           countIf(state = 'down') AS downs
    FROM feed_status_rows FINAL
    WHERE received_us > (SELECT max(received_us) FROM feed_status_rows) - {horizon_us:Int64}
    GROUP BY venue, symbol, stream ORDER BY venue, symbol, stream
    """,
    "streams",
)
