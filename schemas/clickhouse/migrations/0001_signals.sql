-- Rows of the signals.* topics. The columns of each table are the fields of its model in
-- schemas/signals.py, in the same order; a test compares the two.
--
-- Every table is a ReplacingMergeTree on a natural key that contains the identity of the event, so
-- a row that is written twice is one row. A key lies in one partition for ever: it holds the time
-- that the partition is made of. Rows are kept by the time they were received, because a replayed
-- capture has event times of years ago; rows without a receive time are kept.

CREATE TABLE IF NOT EXISTS large_order_events_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'order_id#sequence; the same on every replay' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'Venue time of the event, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that led to the event, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    order_id            String COMMENT 'Derived from venue, symbol, side, price and first_seen' CODEC(ZSTD(1)),
    sequence            UInt32 COMMENT 'Number of the event in the life of the order, from 0',
    kind                LowCardinality(String) COMMENT 'opened, changed, persistent, reclassified or closed',
    side                LowCardinality(String) COMMENT 'bid or ask',
    price               Float64 COMMENT 'Price level, quote currency' CODEC(ZSTD(1)),
    state               LowCardinality(String) COMMENT 'open, persistent or closed',
    close_reason        LowCardinality(Nullable(String)) COMMENT 'filled, cancelled, shrunk, book_reset or evicted; NULL while open',
    tier                LowCardinality(String) COMMENT 'large or whale (reached the absolute threshold)',
    threshold_usd       Float64 COMMENT 'Threshold in force at opening, quote currency' CODEC(ZSTD(1)),
    first_seen          Int64 COMMENT 'Venue time of the first sight, ms since the epoch' CODEC(Delta, ZSTD(1)),
    last_seen           Int64 COMMENT 'Venue time of the last sight, ms since the epoch' CODEC(Delta, ZSTD(1)),
    closed_at           Nullable(Int64) COMMENT 'Venue time of the close, ms since the epoch; NULL while open' CODEC(ZSTD(1)),
    observations        UInt64 COMMENT 'Depth updates of the symbol applied while the level stood' CODEC(ZSTD(1)),
    lifetime_ms         Int64 COMMENT 'Age at this event, ms' CODEC(ZSTD(1)),
    birth_known         Bool COMMENT 'False where the level was first seen outside the known band',
    initial_qty         Float64 COMMENT 'Quantity at opening, base currency' CODEC(ZSTD(1)),
    current_qty         Float64 COMMENT 'Quantity after this event, base currency' CODEC(ZSTD(1)),
    max_qty             Float64 COMMENT 'Largest quantity so far, base currency' CODEC(ZSTD(1)),
    value_usd           Float64 COMMENT 'price x current_qty, quote currency' CODEC(ZSTD(1)),
    max_value_usd       Float64 COMMENT 'Largest value so far, quote currency' CODEC(ZSTD(1)),
    added_qty           Float64 COMMENT 'Quantity added since opening, base currency' CODEC(ZSTD(1)),
    traded_qty          Float64 COMMENT 'Quantity traded since opening, base currency' CODEC(ZSTD(1)),
    cancelled_qty       Float64 COMMENT 'Quantity cancelled since opening, base currency' CODEC(ZSTD(1)),
    hidden_traded_qty   Float64 COMMENT 'Taker volume beyond what the displayed level lost, base currency' CODEC(ZSTD(1)),
    fill_ratio          Float64 COMMENT 'traded_qty / max_qty' CODEC(ZSTD(1)),
    impact_ratio        Float64 COMMENT 'Value / notional of the top levels of both sides' CODEC(ZSTD(1)),
    impact_ratio_side   Float64 COMMENT 'Value / notional of the top levels of its own side' CODEC(ZSTD(1)),
    max_impact_ratio    Float64 COMMENT 'Largest impact_ratio so far' CODEC(ZSTD(1)),
    distance_bps_open   Float64 COMMENT 'Distance from mid at opening, bps' CODEC(ZSTD(1)),
    distance_bps_min    Float64 COMMENT 'Smallest distance from mid so far, bps' CODEC(ZSTD(1)),
    distance_bps        Float64 COMMENT 'Distance from mid now, bps' CODEC(ZSTD(1)),
    refill_count        UInt32 COMMENT 'Times it was consumed and refilled',
    is_persistent       Bool COMMENT 'Stood long enough to be persistent',
    is_spoof            Bool COMMENT 'Classified SPOOF',
    was_consumed        Bool COMMENT 'Traded enough to be a sweep',
    is_iceberg          Bool COMMENT 'Refilled often enough to be an iceberg',
    classification      LowCardinality(String) COMMENT 'DEFENSIVE_BUY, DEFENSIVE_SELL, SWEEP_BUY, SWEEP_SELL, SPOOF, MANIPULATION or UNKNOWN',
    spoof_score         Float64 COMMENT 'Combined spoof evidence, 0 to 1' CODEC(ZSTD(1)),
    evidence            String COMMENT 'Evidence behind the class, a JSON object' CODEC(ZSTD(3)),
    settings_version    LowCardinality(String) COMMENT 'Hash of the engine settings in force'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(intDiv(first_seen, 86400000))
ORDER BY (venue, symbol, first_seen, order_id, sequence)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

-- The newest state of each order: a copy of its events of which the highest sequence survives.
-- Copying is idempotent; nothing is summed.
CREATE TABLE IF NOT EXISTS large_orders_rows AS large_order_events_rows
ENGINE = ReplacingMergeTree(sequence)
PARTITION BY toDate(intDiv(first_seen, 86400000))
ORDER BY (venue, symbol, first_seen, order_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS large_orders_copy TO large_orders_rows
AS SELECT * FROM large_order_events_rows;

CREATE TABLE IF NOT EXISTS flow_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'Derived from venue, symbol, interval and start' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'Start of the bar, venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that closed the bar, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    interval_ms         UInt32 COMMENT 'Length of the bar: 1000, 60000 or 900000 ms',
    open                Nullable(Float64) COMMENT 'First trade price; NULL in a bar without trades' CODEC(ZSTD(1)),
    high                Nullable(Float64) COMMENT 'Highest trade price' CODEC(ZSTD(1)),
    low                 Nullable(Float64) COMMENT 'Lowest trade price' CODEC(ZSTD(1)),
    close               Nullable(Float64) COMMENT 'Last trade price' CODEC(ZSTD(1)),
    buy_qty             Float64 COMMENT 'Taker buys, base currency' CODEC(ZSTD(1)),
    sell_qty            Float64 COMMENT 'Taker sells, base currency' CODEC(ZSTD(1)),
    buy_usd             Float64 COMMENT 'Taker buys, quote currency' CODEC(ZSTD(1)),
    sell_usd            Float64 COMMENT 'Taker sells, quote currency' CODEC(ZSTD(1)),
    delta_qty           Float64 COMMENT 'buy_qty - sell_qty of the bar, base currency' CODEC(ZSTD(1)),
    delta_usd           Float64 COMMENT 'buy_usd - sell_usd of the bar, quote currency' CODEC(ZSTD(1)),
    cvd_qty             Float64 COMMENT 'Cumulative delta over the rolling window at the end of the bar, base currency' CODEC(ZSTD(1)),
    cvd_usd             Float64 COMMENT 'Cumulative delta over the rolling window at the end of the bar, quote currency' CODEC(ZSTD(1)),
    trade_count         UInt32 COMMENT 'Trades in the bar' CODEC(ZSTD(1)),
    late_trades         UInt32 COMMENT 'Trades that arrived out of order' CODEC(ZSTD(1)),
    delta_usd_lt_10k    Float64 COMMENT 'Delta of trades below 10,000, quote currency' CODEC(ZSTD(1)),
    delta_usd_10k_100k  Float64 COMMENT 'Delta of trades from 10,000 to 100,000, quote currency' CODEC(ZSTD(1)),
    delta_usd_100k_1m   Float64 COMMENT 'Delta of trades from 100,000 to 1,000,000, quote currency' CODEC(ZSTD(1)),
    delta_usd_ge_1m     Float64 COMMENT 'Delta of trades of 1,000,000 and more, quote currency' CODEC(ZSTD(1)),
    open_interest       Nullable(Float64) COMMENT 'Last poll at the end of the bar, base currency; NULL before the first' CODEC(ZSTD(1)),
    oi_change           Nullable(Float64) COMMENT 'Change of that poll against the poll before, base currency' CODEC(ZSTD(1)),
    oi_change_pct       Nullable(Float64) COMMENT 'The same in %' CODEC(ZSTD(1)),
    mark_price          Nullable(Float64) COMMENT 'Mark price of that poll, quote currency' CODEC(ZSTD(1)),
    funding_rate        Nullable(Float64) COMMENT 'Funding rate of the period, 0.0001 = 1 bp' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, interval_ms, event_time)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE TABLE IF NOT EXISTS book_1s_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'Derived from venue, symbol and second' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'The second, venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that closed the second, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    is_valid            Bool COMMENT 'False while the book waits for a snapshot; figures are then NULL or empty',
    bid                 Nullable(Float64) COMMENT 'Best bid, quote currency' CODEC(ZSTD(1)),
    bid_qty             Nullable(Float64) COMMENT 'Quantity at the best bid, base currency' CODEC(ZSTD(1)),
    ask                 Nullable(Float64) COMMENT 'Best ask, quote currency' CODEC(ZSTD(1)),
    ask_qty             Nullable(Float64) COMMENT 'Quantity at the best ask, base currency' CODEC(ZSTD(1)),
    mid                 Nullable(Float64) COMMENT 'Middle of bid and ask, quote currency' CODEC(ZSTD(1)),
    spread_bps          Nullable(Float64) COMMENT 'Spread, bps of mid' CODEC(ZSTD(1)),
    microprice          Nullable(Float64) COMMENT 'Mid weighted by the opposite quantities, quote currency' CODEC(ZSTD(1)),
    obi                 Nullable(Float64) COMMENT 'Order-book imbalance of the top levels, -1 to 1; positive: bids are heavier' CODEC(ZSTD(1)),
    depth_bps           Array(Float64) COMMENT 'Distances from mid of the next two lists, bps' CODEC(ZSTD(1)),
    bid_depth_usd       Array(Float64) COMMENT 'Bids within each distance, quote currency' CODEC(ZSTD(1)),
    ask_depth_usd       Array(Float64) COMMENT 'Asks within each distance, quote currency' CODEC(ZSTD(1)),
    heat_prices         Array(Float64) COMMENT 'Lower price of each heat bucket that holds anything, ascending, quote currency' CODEC(ZSTD(1)),
    heat_bid_usd        Array(Float64) COMMENT 'Bids in each bucket, quote currency' CODEC(ZSTD(1)),
    heat_ask_usd        Array(Float64) COMMENT 'Asks in each bucket, quote currency' CODEC(ZSTD(1)),
    bid_levels          UInt32 COMMENT 'Bid levels known' CODEC(ZSTD(1)),
    ask_levels          UInt32 COMMENT 'Ask levels known' CODEC(ZSTD(1)),
    open_orders         UInt32 COMMENT 'Large orders tracked' CODEC(ZSTD(1)),
    threshold_usd       Float64 COMMENT 'Large-order threshold now, quote currency' CODEC(ZSTD(1)),
    flicker_count       UInt32 COMMENT 'Levels of this second that passed the threshold and vanished at once' CODEC(ZSTD(1)),
    CONSTRAINT depth_lists CHECK length(bid_depth_usd) = length(depth_bps) AND length(ask_depth_usd) = length(depth_bps),
    CONSTRAINT heat_lists CHECK length(heat_bid_usd) = length(heat_prices) AND length(heat_ask_usd) = length(heat_prices)
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(intDiv(event_time, 86400000))
ORDER BY (venue, symbol, event_time)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 90 DAY DELETE WHERE received_us > 0;

CREATE TABLE IF NOT EXISTS actions_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'Derived from the content' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'Venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    kind                LowCardinality(String) COMMENT 'Always action',
    final_action        LowCardinality(String) COMMENT 'ACCUMULATE, MARKUP, DISTRIBUTION, MARKDOWN, MANIPULATION or UNKNOWN',
    buy_score           Float64 COMMENT 'Sum of the buying evidence, points' CODEC(ZSTD(1)),
    sell_score          Float64 COMMENT 'Sum of the selling evidence, points' CODEC(ZSTD(1)),
    smart_score         Float64 COMMENT 'Weighted score, -1 to 1' CODEC(ZSTD(1)),
    cvd_usd             Float64 COMMENT 'Cumulative delta over the rolling window, quote currency' CODEC(ZSTD(1)),
    open_interest       Nullable(Float64) COMMENT 'Last poll, base currency; NULL before the first' CODEC(ZSTD(1)),
    oi_change_pct       Nullable(Float64) COMMENT 'Change of that poll against the poll before, %' CODEC(ZSTD(1)),
    spoof_count         UInt32 COMMENT 'SPOOF closings in the last 60 s',
    mid                 Nullable(Float64) COMMENT 'Middle of bid and ask, quote currency' CODEC(ZSTD(1)),
    evidence            String COMMENT 'Everything that led to it, a JSON object' CODEC(ZSTD(3)),
    settings_version    LowCardinality(String) COMMENT 'Hash of the engine settings in force'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE TABLE IF NOT EXISTS smart_money_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'Derived from the content' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'Venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    kind                LowCardinality(String) COMMENT 'Always smart_money',
    final_action        LowCardinality(String) COMMENT 'ACCUMULATE, MARKUP, DISTRIBUTION, MARKDOWN, MANIPULATION or UNKNOWN',
    confidence          Float64 COMMENT 'Confidence, 0 to 1' CODEC(ZSTD(1)),
    is_smart_money      Bool COMMENT 'Whether the reading names the large money',
    source              LowCardinality(String) COMMENT 'What the reading rests on',
    price_change_pct    Float64 COMMENT 'Price change of the bar, %' CODEC(ZSTD(1)),
    cvd_z               Float64 COMMENT 'Z-score of the bar''s cumulative delta' CODEC(ZSTD(1)),
    oi_change_pct       Nullable(Float64) COMMENT 'Open-interest change of the bar, %' CODEC(ZSTD(1)),
    reasons             Array(String) COMMENT 'Reasons in words' CODEC(ZSTD(3)),
    evidence            String COMMENT 'Everything that led to it, a JSON object' CODEC(ZSTD(3)),
    settings_version    LowCardinality(String) COMMENT 'Hash of the engine settings in force'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE TABLE IF NOT EXISTS alerts_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'Derived from the content' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'Venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    rule                LowCardinality(String) COMMENT 'trap, swan or feed',
    level               LowCardinality(String) COMMENT 'WATCH, HIGH or CRITICAL',
    message             String COMMENT 'One line for a person' CODEC(ZSTD(3)),
    evidence            String COMMENT 'Everything that led to it, a JSON object' CODEC(ZSTD(3)),
    settings_version    LowCardinality(String) COMMENT 'Hash of the engine settings in force'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;
