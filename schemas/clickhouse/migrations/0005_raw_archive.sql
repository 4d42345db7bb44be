-- Raw records as they stand in market.depth and market.trades. Filled only where
-- clickhouse.archive_raw says so. A log that was made anew begins at offset 0 again, so the receive
-- time is part of what a record is known by.
CREATE TABLE IF NOT EXISTS raw_archive_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    received_us         Int64 COMMENT 'Local receive time, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    topic               LowCardinality(String) COMMENT 'Topic it was read from',
    partition           Int32 COMMENT 'Partition of the topic',
    offset              Int64 COMMENT 'Offset in the partition' CODEC(Delta, ZSTD(1)),
    value               String COMMENT 'The record, JSON' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(toDateTime(intDiv(received_us, 1000000), 'UTC'))
ORDER BY (venue, symbol, topic, received_us, partition, offset)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 7 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW raw_archive AS
SELECT *, fromUnixTimestamp64Micro(received_us, 'UTC') AS time
FROM raw_archive_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
