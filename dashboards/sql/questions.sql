-- 1. Which walls were pulled in the last hour, how large were they and how long did they live?
WITH (SELECT max(event_time) FROM book_1s) AS now_ms
SELECT closed_time, side, price, round(max_value_usd / 1e6, 2) AS million_usd, lifetime_ms,
       classification
FROM pulled_walls(from_ms = now_ms - 3600000, to_ms = now_ms)
WHERE symbol = 'BTCUSDT'
ORDER BY closed_time DESC, order_id
LIMIT 8;

-- 2. Which walls stand now, and how near are they?
SELECT symbol, side, price, round(value_usd / 1e6, 2) AS million_usd,
       round(impact_ratio, 2) AS impact, round(distance_bps, 1) AS distance_bps, classification
FROM large_orders
WHERE state != 'closed'
ORDER BY value_usd DESC
LIMIT 8;

-- 3. Which walls stood at one moment, here 105 seconds ago?
WITH (SELECT max(event_time) - 105000 FROM book_1s) AS then_ms
SELECT symbol, side, price, round(value_usd / 1e6, 2) AS million_usd, is_persistent, age_ms
FROM walls_at(at_ms = then_ms)
ORDER BY value_usd DESC
LIMIT 8;

-- 4. Who defends, for how long, and how much was thrown at it?
SELECT symbol, side, price, round(max_value_usd / 1e6, 2) AS million_usd,
       round(lifetime_ms / 1000) AS stood_s, round(traded_qty * price / 1e3) AS absorbed_thousand,
       round(fill_ratio, 3) AS filled
FROM large_orders
WHERE classification IN ('DEFENSIVE_BUY', 'DEFENSIVE_SELL')
ORDER BY lifetime_ms DESC
LIMIT 8;

-- 5. Which walls were eaten, and how fast?
SELECT symbol, classification, price, round(traded_qty * price / 1e6, 2) AS million_usd_traded,
       round(fill_ratio, 2) AS filled, lifetime_ms,
       round(traded_qty * price / lifetime_ms / 1e3, 2) AS million_usd_per_s
FROM large_orders
WHERE was_consumed AND state = 'closed'
ORDER BY traded_qty * price DESC
LIMIT 8;

-- 6. On which side are lures laid out, minute by minute?
SELECT toStartOfMinute(fromUnixTimestamp64Milli(assumeNotNull(closed_at), 'UTC')) AS minute,
       countIf(side = 'bid') AS bid_spoofs, countIf(side = 'ask') AS ask_spoofs,
       round(sum(max_value_usd) / 1e6, 1) AS million_usd_shown
FROM large_orders
WHERE symbol = 'BTCUSDT' AND is_spoof AND state = 'closed'
GROUP BY minute
ORDER BY minute;

-- 7. Where do lures come back?
WITH (SELECT max(event_time) FROM book_1s) AS now_ms
SELECT symbol, side, round(mean_price, 1) AS price, pulls, round(million_usd, 1) AS million_usd_in_all
FROM
(
    SELECT symbol, side, avg(price) AS mean_price, count() AS pulls, sum(max_value_usd) / 1e6 AS million_usd
    FROM pulled_walls(from_ms = now_ms - 3600000, to_ms = now_ms)
    WHERE is_spoof
    GROUP BY symbol, side, floor(log(price) / log(1.0025))
)
WHERE pulls >= 2
ORDER BY pulls DESC, million_usd_in_all DESC
LIMIT 8;

-- 8. What happened to one wall, step by step?
WITH (
    SELECT argMax(order_id, max_value_usd) FROM large_orders WHERE symbol = 'BTCUSDT' AND is_spoof
) AS largest_lure
SELECT time, kind, classification, round(current_qty, 3) AS qty, round(cancelled_qty, 3) AS cancelled,
       round(fill_ratio, 3) AS filled, round(distance_bps, 2) AS distance_bps,
       round(spoof_score, 2) AS spoof_score
FROM order_life(order_id = largest_lure)
ORDER BY sequence;

-- 9. Which levels hide more than they show?
SELECT symbol, side, price, refill_count, round(max_qty, 3) AS shown_qty,
       round(traded_qty, 3) AS traded_qty, round(hidden_traded_qty, 3) AS hidden_qty
FROM large_orders
WHERE is_iceberg
ORDER BY refill_count DESC, traded_qty * price DESC, order_id
LIMIT 8;

-- 10. What did the final action say, and for how long each time?
SELECT min(time) AS since, final_action, count() AS signals,
       round(max(buy_score), 1) AS buy_score, round(max(sell_score), 1) AS sell_score
FROM
(
    SELECT *, sum(is_new) OVER (ORDER BY event_time, event_id) AS period
    FROM
    (
        SELECT *, final_action != lagInFrame(final_action, 1, '') OVER (ORDER BY event_time, event_id)
                  AS is_new
        FROM actions
        WHERE symbol = 'BTCUSDT'
    )
)
GROUP BY period, final_action
ORDER BY since DESC
LIMIT 8;

-- 11. Who bought in the last five minutes, small hands or large ones?
WITH (SELECT max(event_time) FROM flow_1s) AS now_ms
SELECT symbol, round(net_usd) AS net, round(net_usd_lt_10k) AS below_10k,
       round(net_usd_10k_100k) AS from_10k, round(net_usd_100k_1m) AS from_100k,
       round(net_usd_ge_1m) AS from_1m, trades
FROM flow_between(from_ms = now_ms - 300000, to_ms = now_ms)
ORDER BY symbol;

-- 12. Where does the price go in the half minute after a wall has ended?
SELECT o.classification AS classification, o.side AS side, count() AS walls,
       round(avg(1e4 * (after.mid / before.mid - 1)), 2) AS mean_move_bps,
       round(quantile(0.5)(1e4 * (after.mid / before.mid - 1)), 2) AS median_move_bps
FROM
(
    SELECT symbol, side, classification, assumeNotNull(closed_at) AS at, closed_at + 30000 AS later
    FROM large_orders
    WHERE state = 'closed' AND close_reason IN ('cancelled', 'shrunk', 'filled')
) AS o
ASOF INNER JOIN (SELECT symbol, event_time, assumeNotNull(mid) AS mid FROM book_1s WHERE is_valid) AS before
    ON before.symbol = o.symbol AND before.event_time <= o.at
ASOF INNER JOIN (SELECT symbol, event_time, assumeNotNull(mid) AS mid FROM book_1s WHERE is_valid) AS after
    ON after.symbol = o.symbol AND after.event_time <= o.later
WHERE after.event_time > o.later - 20000 AND o.later <= (SELECT max(event_time) FROM book_1s)
GROUP BY classification, side
ORDER BY classification, side;

-- 13. Are positions opened or closed while the price moves?
SELECT symbol, toStartOfInterval(time, INTERVAL 2 MINUTE) AS since,
       round(100 * (argMax(mark_price, event_time) / argMin(mark_price, event_time) - 1), 3) AS price_pct,
       round(100 * (argMax(open_interest, event_time) / argMin(open_interest, event_time) - 1), 3)
           AS open_interest_pct,
       multiIf(price_pct > 0 AND open_interest_pct > 0, 'longs open',
               price_pct > 0, 'shorts close',
               open_interest_pct > 0, 'shorts open', 'longs close') AS reads_as
FROM open_interest
WHERE symbol = 'BTCUSDT'
GROUP BY symbol, since
ORDER BY since;

-- 14. Which quadrant is each symbol in, and why?
SELECT symbol, time, final_action, round(confidence, 2) AS confidence,
       round(price_change_pct, 3) AS price_pct, round(cvd_z, 2) AS cvd_z,
       arrayStringConcat(reasons, '; ') AS reasons
FROM smart_money
ORDER BY symbol, event_time DESC
LIMIT 1 BY symbol;

-- 15. Can I trust what I see: when was a stream away, and was the book whole?
SELECT symbol, stream, state, time AS since, round(until - since_s, 1) AS seconds, reason
FROM
(
    SELECT *, received_us / 1e6 AS since_s,
           leadInFrame(received_us, 1, received_us) OVER (
               PARTITION BY symbol, stream ORDER BY received_us
               ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) / 1e6 AS until
    FROM feed_status
)
WHERE state != 'up'
ORDER BY since, symbol
LIMIT 8;
