-- What became of every suggestion that was graded, those that were not entered and voids included.
CREATE TABLE IF NOT EXISTS suggestion_outcomes_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'suggestion_id:graded' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'Venue time at which it ended, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    suggestion_id       String COMMENT 'event_id of the order event that told it' CODEC(ZSTD(1)),
    order_id            String COMMENT 'The wall' CODEC(ZSTD(1)),
    classification      LowCardinality(String) COMMENT 'DEFENSIVE_BUY or DEFENSIVE_SELL',
    side                LowCardinality(String) COMMENT 'bid or ask, that of the wall',
    told_at             Int64 COMMENT 'Venue time at which it was emitted, from which the horizon counts, ms since the epoch' CODEC(Delta, ZSTD(1)),
    horizon_ms          Int64 COMMENT 'Horizon, ms',
    entry               Float64 COMMENT 'Price of the limit order, quote currency' CODEC(ZSTD(1)),
    invalidation        Float64 COMMENT 'Price from which on the wall has not held, quote currency' CODEC(ZSTD(1)),
    qty                 Float64 COMMENT 'Quantity, base currency' CODEC(ZSTD(1)),
    suggested_loss_usd  Float64 COMMENT 'What was to be lost at the invalidation, quote currency' CODEC(ZSTD(1)),
    max_loss_usd        Float64 COMMENT 'What might be lost, as set, quote currency' CODEC(ZSTD(1)),
    end                 LowCardinality(String) COMMENT 'stopped, held, not_entered, withdrawn or void',
    entered_at          Nullable(Int64) COMMENT 'Venue time of the trade that touched the entry, ms since the epoch; NULL where none did' CODEC(ZSTD(1)),
    exit_price          Nullable(Float64) COMMENT 'Mean price at which it left through the book; NULL unless it was entered, quote currency' CODEC(ZSTD(1)),
    loss_usd            Nullable(Float64) COMMENT 'What was lost, fee on both ways included; negative: a gain, quote currency' CODEC(ZSTD(1)),
    is_within           Nullable(Bool) COMMENT 'Whether the loss stayed within max_loss_usd',
    void_reason         LowCardinality(Nullable(String)) COMMENT 'Why it cannot be said; NULL unless void',
    settings_version    LowCardinality(String) COMMENT 'Hash of the engine settings in force when it was told'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW suggestion_outcomes AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM suggestion_outcomes_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
