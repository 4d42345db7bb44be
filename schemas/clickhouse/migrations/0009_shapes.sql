-- Orders on several levels, on top of each other, and one after another; how probable a lure is, and how
-- much an order adds to what stands before it.
ALTER TABLE large_order_events_rows
    ADD COLUMN IF NOT EXISTS parent_order_id Nullable(String) COMMENT 'The order that it was put on top of, on the same level; NULL where there is none' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS levels UInt32 DEFAULT 1 COMMENT 'Price levels that it stands on; more than one for a cluster, whose quantities are sums' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS price_low Float64 DEFAULT price COMMENT 'Its lowest level, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS price_high Float64 DEFAULT price COMMENT 'Its highest level, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS chain_id String DEFAULT order_id COMMENT 'order_id of the first of the orders that follow each other; its own where it is alone' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS chain_length UInt32 DEFAULT 1 COMMENT 'Number of the order in its chain' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS chain_first_seen Int64 DEFAULT first_seen COMMENT 'Venue time at which its chain began, ms since the epoch' CODEC(Delta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS spoof_probability Float64 DEFAULT spoof_score COMMENT 'Probability of a lure given the evidence, 0 to 1; 0 unless it was pulled. spoof_score is the same' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS path_ratio Float64 DEFAULT 0 COMMENT 'Value / (value + notional of its side between mid and its price)' CODEC(ZSTD(1));

ALTER TABLE large_orders_rows
    ADD COLUMN IF NOT EXISTS parent_order_id Nullable(String) COMMENT 'The order that it was put on top of, on the same level; NULL where there is none' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS levels UInt32 DEFAULT 1 COMMENT 'Price levels that it stands on; more than one for a cluster, whose quantities are sums' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS price_low Float64 DEFAULT price COMMENT 'Its lowest level, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS price_high Float64 DEFAULT price COMMENT 'Its highest level, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS chain_id String DEFAULT order_id COMMENT 'order_id of the first of the orders that follow each other; its own where it is alone' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS chain_length UInt32 DEFAULT 1 COMMENT 'Number of the order in its chain' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS chain_first_seen Int64 DEFAULT first_seen COMMENT 'Venue time at which its chain began, ms since the epoch' CODEC(Delta, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS spoof_probability Float64 DEFAULT spoof_score COMMENT 'Probability of a lure given the evidence, 0 to 1; 0 unless it was pulled. spoof_score is the same' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS path_ratio Float64 DEFAULT 0 COMMENT 'Value / (value + notional of its side between mid and its price)' CODEC(ZSTD(1));

ALTER TABLE large_orders_copy MODIFY QUERY SELECT * FROM large_order_events_rows;

CREATE OR REPLACE VIEW large_order_events AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_order_events_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW large_orders AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_orders_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
