-- Rows of market.oi and market.status: the raw topics that are worth a query of their own.

CREATE TABLE IF NOT EXISTS open_interest_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_time          Int64 COMMENT 'Venue time of the figure, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    open_interest       Float64 COMMENT 'Open contracts, base currency' CODEC(ZSTD(1)),
    mark_price          Nullable(Float64) COMMENT 'Mark price, quote currency' CODEC(ZSTD(1)),
    funding_rate        Nullable(Float64) COMMENT 'Funding rate of the period, 0.0001 = 1 bp' CODEC(ZSTD(1)),
    next_funding_time   Nullable(Int64) COMMENT 'Next funding, ms since the epoch' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE TABLE IF NOT EXISTS feed_status_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_time          Int64 COMMENT 'Newest venue time known at the change, ms since the epoch; 0 before the first frame' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local time of the change, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    stream              LowCardinality(String) COMMENT 'Stream name of the venue',
    state               LowCardinality(String) COMMENT 'up, silent, gap, resync or down',
    reason              String COMMENT 'Why, in words' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(received_us, 1000000), 'UTC'))
ORDER BY (venue, symbol, stream, received_us, state)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 90 DAY DELETE WHERE received_us > 0;

-- Up to where each topic partition has been written. Written after the rows, so a position is never
-- ahead of them; the last write of a partition counts.
CREATE TABLE IF NOT EXISTS sink_offsets_rows
(
    source              LowCardinality(String) COMMENT 'Whose log it is: the Kafka application id',
    topic               LowCardinality(String) COMMENT 'Topic',
    partition           Int32 COMMENT 'Partition',
    next_offset         Int64 COMMENT 'First offset that has not been written yet',
    written_us          Int64 COMMENT 'Local time of the write, microseconds since the epoch'
)
ENGINE = ReplacingMergeTree
ORDER BY (source, topic, partition);
