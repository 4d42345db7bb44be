-- A trade beside a wall that stands, in words and figures; NULL unless suggestions are on.
ALTER TABLE large_order_events_rows
    ADD COLUMN IF NOT EXISTS suggestion Nullable(String) COMMENT 'A trade beside the wall in words, or why there is none; never advice. NULL unless it stands as DEFENSIVE_* and risk.max_loss_usd is set' CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS suggested_entry Nullable(Float64) COMMENT 'Price of a limit order beside the wall, quote currency; NULL where nothing is suggested' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS suggested_invalidation Nullable(Float64) COMMENT 'Price from which on the wall has not held, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS suggested_qty Nullable(Float64) COMMENT 'Quantity, base currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS suggested_exit Nullable(Float64) COMMENT 'Mean price at which it would leave through the book of that moment from the invalidation on, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS suggested_loss_usd Nullable(Float64) COMMENT 'What would be lost there, fee and slippage included, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS max_loss_usd Nullable(Float64) COMMENT 'What may be lost, as set at that moment, quote currency' CODEC(ZSTD(1));

ALTER TABLE large_orders_rows
    ADD COLUMN IF NOT EXISTS suggestion Nullable(String) COMMENT 'A trade beside the wall in words, or why there is none; never advice. NULL unless it stands as DEFENSIVE_* and risk.max_loss_usd is set' CODEC(ZSTD(3)),
    ADD COLUMN IF NOT EXISTS suggested_entry Nullable(Float64) COMMENT 'Price of a limit order beside the wall, quote currency; NULL where nothing is suggested' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS suggested_invalidation Nullable(Float64) COMMENT 'Price from which on the wall has not held, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS suggested_qty Nullable(Float64) COMMENT 'Quantity, base currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS suggested_exit Nullable(Float64) COMMENT 'Mean price at which it would leave through the book of that moment from the invalidation on, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS suggested_loss_usd Nullable(Float64) COMMENT 'What would be lost there, fee and slippage included, quote currency' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS max_loss_usd Nullable(Float64) COMMENT 'What may be lost, as set at that moment, quote currency' CODEC(ZSTD(1));

ALTER TABLE large_orders_copy MODIFY QUERY SELECT * FROM large_order_events_rows;

CREATE OR REPLACE VIEW large_order_events AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_order_events_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW large_orders AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_orders_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
