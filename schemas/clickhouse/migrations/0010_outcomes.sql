-- What became of every reading: one row a reading and horizon, misses and voids included.
CREATE TABLE IF NOT EXISTS outcomes_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'reading_id@horizon_ms' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'Venue time at which the reading was graded, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    reading_id          String COMMENT 'event_id of the signal that is graded' CODEC(ZSTD(1)),
    reading_kind        LowCardinality(String) COMMENT 'order_open, order_closed, action, smart_money or alert',
    label               LowCardinality(String) COMMENT 'Class, final action, or rule of the alert',
    direction           Int8 COMMENT '+1: it reads for a rise, -1: for a fall, 0: for neither',
    reading_time        Int64 COMMENT 'Venue time of the reading, ms since the epoch' CODEC(Delta, ZSTD(1)),
    told_at             Int64 COMMENT 'Venue time at which it was emitted, from which the horizon counts, ms since the epoch' CODEC(Delta, ZSTD(1)),
    horizon_ms          Int64 COMMENT 'Horizon, ms',
    mid_at              Nullable(Float64) COMMENT 'Mid when it was told, quote currency; NULL where void' CODEC(ZSTD(1)),
    mid_after           Nullable(Float64) COMMENT 'Mid at the horizon, quote currency' CODEC(ZSTD(1)),
    move_bps            Nullable(Float64) COMMENT 'Change of mid, bps' CODEC(ZSTD(1)),
    return_bps          Nullable(Float64) COMMENT 'Change of mid in the direction of the reading, bps; NULL without one' CODEC(ZSTD(1)),
    favourable_bps      Nullable(Float64) COMMENT 'Largest move in its direction up to the horizon, bps' CODEC(ZSTD(1)),
    adverse_bps         Nullable(Float64) COMMENT 'Largest move against it up to the horizon, bps' CODEC(ZSTD(1)),
    half_spread_bps_at  Nullable(Float64) COMMENT 'Half of the spread when it was told, bps' CODEC(ZSTD(1)),
    half_spread_bps_after Nullable(Float64) COMMENT 'Half of the spread at the horizon, bps' CODEC(ZSTD(1)),
    sigma_bps           Nullable(Float64) COMMENT 'Standard deviation of the change of mid in a second over the minute before, bps' CODEC(ZSTD(1)),
    void_reason         LowCardinality(Nullable(String)) COMMENT 'Why it cannot be graded; NULL where it was',
    settings_version    LowCardinality(String) COMMENT 'Hash of the engine settings in force when it was told',
    model_version       LowCardinality(Nullable(String)) COMMENT 'Model of fills in force when it was told; NULL without one'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW outcomes AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM outcomes_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
