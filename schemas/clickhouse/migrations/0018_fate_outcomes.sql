-- What became of every forecast of an order's fate that was graded, voids included.
CREATE TABLE IF NOT EXISTS fate_outcomes_rows
(
    schema_version      UInt16 COMMENT 'Version of the record layout',
    venue               LowCardinality(String) COMMENT 'Venue, for example binance_usdm',
    symbol              LowCardinality(String) COMMENT 'Symbol as the venue spells it, upper case',
    event_id            String COMMENT 'order_id@told_at' CODEC(ZSTD(1)),
    event_time          Int64 COMMENT 'Venue time at which it was graded, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us         Int64 COMMENT 'Local receive time of the frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    order_id            String COMMENT 'The order' CODEC(ZSTD(1)),
    told_at             Int64 COMMENT 'Venue time of the forecast, ms since the epoch' CODEC(Delta, ZSTD(1)),
    p_filled_10s        Nullable(Float64) COMMENT 'Probability that takers take at least half of what stands within 10 s; NULL where it is switched off' CODEC(ZSTD(1)),
    p_filled_60s        Nullable(Float64) COMMENT 'The same within 60 s' CODEC(ZSTD(1)),
    p_pulled_10s        Nullable(Float64) COMMENT 'Probability that at least half of what stands is taken away within 10 s' CODEC(ZSTD(1)),
    p_pulled_60s        Nullable(Float64) COMMENT 'The same within 60 s' CODEC(ZSTD(1)),
    fate_model_version  LowCardinality(String) COMMENT 'Version of the model that told them',
    fate                LowCardinality(String) COMMENT 'filled, pulled, stood (neither within 60 s) or void (it ended otherwise)',
    after_ms            Int64 COMMENT 'From the forecast to the fate, or for how long it is known to have stood, ms' CODEC(ZSTD(1)),
    settings_version    LowCardinality(String) COMMENT 'Hash of the engine settings in force'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW fate_outcomes AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM fate_outcomes_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- What each forecast of a window said on average, and how often it came true.
CREATE OR REPLACE VIEW fate_figures AS
SELECT venue, symbol, fate_model_version, forecast, count() AS graded,
       avg(assumeNotNull(probability)) AS told, avg(came) AS came_true,
       avg(pow(assumeNotNull(probability) - came, 2)) AS brier
FROM
(
    SELECT venue, symbol, fate_model_version, item.1 AS forecast, item.2 AS probability,
           fate = item.4 AND after_ms <= item.3 AS came
    FROM fate_outcomes
    ARRAY JOIN [('p_filled_10s', p_filled_10s, 10000, 'filled'),
                ('p_filled_60s', p_filled_60s, 60000, 'filled'),
                ('p_pulled_10s', p_pulled_10s, 10000, 'pulled'),
                ('p_pulled_60s', p_pulled_60s, 60000, 'pulled')] AS item
    WHERE told_at >= {from_ms:Int64} AND event_time >= {from_ms:Int64}
      AND event_time <= {to_ms:Int64}
      AND item.2 IS NOT NULL AND (fate != 'void' OR after_ms >= item.3)
)
GROUP BY venue, symbol, fate_model_version, forecast;
