-- How much of a large order was traded at least and at most, and why there is no book.
ALTER TABLE large_order_events_rows
    ADD COLUMN IF NOT EXISTS unexplained_qty Float64 DEFAULT 0 COMMENT 'Quantity that vanished while trades were missing or late: traded or cancelled, nobody can say; base currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fill_min Float64 DEFAULT fill_ratio COMMENT 'traded_qty / max_qty: the least that was filled' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fill_max Float64 DEFAULT (traded_qty + hidden_traded_qty) / max_qty COMMENT '(traded_qty + hidden_traded_qty + unexplained_qty) / max_qty: the most that can have been filled' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS absorbed_ratio Float64 DEFAULT (traded_qty + hidden_traded_qty) / max_qty COMMENT '(traded_qty + hidden_traded_qty) / max_qty: taker volume that it stood against' CODEC(ZSTD(1));

ALTER TABLE large_orders_rows
    ADD COLUMN IF NOT EXISTS unexplained_qty Float64 DEFAULT 0 COMMENT 'Quantity that vanished while trades were missing or late: traded or cancelled, nobody can say; base currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fill_min Float64 DEFAULT fill_ratio COMMENT 'traded_qty / max_qty: the least that was filled' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fill_max Float64 DEFAULT (traded_qty + hidden_traded_qty) / max_qty COMMENT '(traded_qty + hidden_traded_qty + unexplained_qty) / max_qty: the most that can have been filled' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS absorbed_ratio Float64 DEFAULT (traded_qty + hidden_traded_qty) / max_qty COMMENT '(traded_qty + hidden_traded_qty) / max_qty: taker volume that it stood against' CODEC(ZSTD(1));

ALTER TABLE large_orders_copy MODIFY QUERY SELECT * FROM large_order_events_rows;

ALTER TABLE book_1s_rows
    ADD COLUMN IF NOT EXISTS invalid_reason LowCardinality(Nullable(String)) COMMENT 'Why there is no book: reason of a reset, or the contradiction found in it; NULL while there is one';

CREATE OR REPLACE VIEW large_order_events AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_order_events_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW large_orders AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_orders_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW book_1s AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM book_1s_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
