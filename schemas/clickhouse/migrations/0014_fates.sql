-- What is told of the fate of a standing order: filled or pulled; NULL unless a model is set.
ALTER TABLE large_order_events_rows
    ADD COLUMN IF NOT EXISTS p_filled_10s Nullable(Float64) COMMENT 'Probability that takers take at least half of what stands within 10 s; NULL unless it stands and engine.fate.model tells it' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS p_filled_60s Nullable(Float64) COMMENT 'The same within 60 s' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS p_pulled_10s Nullable(Float64) COMMENT 'Probability that at least half of what stands is taken away within 10 s' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS p_pulled_60s Nullable(Float64) COMMENT 'The same within 60 s' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fate_model_version LowCardinality(Nullable(String)) COMMENT 'Version of the model that told them';

ALTER TABLE large_orders_rows
    ADD COLUMN IF NOT EXISTS p_filled_10s Nullable(Float64) COMMENT 'Probability that takers take at least half of what stands within 10 s; NULL unless it stands and engine.fate.model tells it' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS p_filled_60s Nullable(Float64) COMMENT 'The same within 60 s' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS p_pulled_10s Nullable(Float64) COMMENT 'Probability that at least half of what stands is taken away within 10 s' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS p_pulled_60s Nullable(Float64) COMMENT 'The same within 60 s' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fate_model_version LowCardinality(Nullable(String)) COMMENT 'Version of the model that told them';

ALTER TABLE large_orders_copy MODIFY QUERY SELECT * FROM large_order_events_rows;

CREATE OR REPLACE VIEW large_order_events AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_order_events_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW large_orders AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_orders_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
