-- The usual questions as parameterised views: SELECT * FROM pulled_walls(from_ms = ..., to_ms = ...).
-- Times are ms since the epoch, both ends included. An order is looked for by first_seen, the column
-- that its table is ordered by, from one day before the range on.

-- Which walls were pulled, how large were they and how long did they live?
CREATE OR REPLACE VIEW pulled_walls AS
SELECT
    venue,
    symbol,
    side,
    price,
    fromUnixTimestamp64Milli(assumeNotNull(closed_at), 'UTC') AS closed_time,
    max_qty,
    max_value_usd,
    lifetime_ms,
    fill_ratio,
    max_impact_ratio,
    distance_bps_open,
    distance_bps_min,
    classification,
    is_spoof,
    spoof_score,
    close_reason,
    order_id
FROM large_orders_rows FINAL
WHERE first_seen >= {from_ms:Int64} - 86400000
  AND first_seen <= {to_ms:Int64}
  AND state = 'closed'
  AND close_reason IN ('cancelled', 'shrunk')
  AND closed_at >= {from_ms:Int64}
  AND closed_at <= {to_ms:Int64}
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Which walls stood at one moment?
CREATE OR REPLACE VIEW walls_at AS
SELECT
    venue,
    symbol,
    side,
    price,
    current_qty,
    value_usd,
    impact_ratio,
    distance_bps,
    is_persistent,
    classification,
    fromUnixTimestamp64Milli(first_seen, 'UTC') AS first_seen_time,
    {at_ms:Int64} - first_seen AS age_ms,
    order_id
FROM
(
    SELECT *
    FROM large_order_events_rows FINAL
    WHERE first_seen >= {at_ms:Int64} - 86400000
      AND first_seen <= {at_ms:Int64}
      AND event_time <= {at_ms:Int64}
    ORDER BY sequence DESC
    LIMIT 1 BY order_id
    SETTINGS do_not_merge_across_partitions_select_final = 1
)
WHERE state != 'closed';

-- The life of one order, step by step.
CREATE OR REPLACE VIEW order_life AS
SELECT
    time,
    kind,
    state,
    close_reason,
    classification,
    current_qty,
    value_usd,
    added_qty,
    traded_qty,
    cancelled_qty,
    fill_ratio,
    impact_ratio,
    distance_bps,
    spoof_score,
    sequence
FROM large_order_events
WHERE order_id = {order_id:String}
ORDER BY sequence;

-- Aggressive flow of a range, by size of the trade.
CREATE OR REPLACE VIEW flow_between AS
SELECT
    venue,
    symbol,
    sum(buy_usd) AS bought_usd,
    sum(sell_usd) AS sold_usd,
    sum(delta_usd) AS net_usd,
    sum(delta_usd_lt_10k) AS net_usd_lt_10k,
    sum(delta_usd_10k_100k) AS net_usd_10k_100k,
    sum(delta_usd_100k_1m) AS net_usd_100k_1m,
    sum(delta_usd_ge_1m) AS net_usd_ge_1m,
    sum(trade_count) AS trades,
    min(low) AS low_price,
    max(high) AS high_price
FROM flow_1s
WHERE event_time >= {from_ms:Int64} AND event_time <= {to_ms:Int64}
GROUP BY venue, symbol;
