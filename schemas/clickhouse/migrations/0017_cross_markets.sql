-- What the markets of a coin say together: the values of signals.cross, a table each.

-- Walls on several markets, copies, moves and lures: one row a step.
CREATE TABLE IF NOT EXISTS cross_findings_rows
(
    schema_version          UInt16 COMMENT 'Version of the record layout',
    venue                   LowCardinality(String) COMMENT 'all: what several markets say together',
    symbol                  LowCardinality(String) COMMENT 'The coin, for example BTC',
    event_id                String COMMENT 'Derived from content; the same on every replay' CODEC(ZSTD(1)),
    event_time              Int64 COMMENT 'Venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us             Int64 COMMENT 'Local receive time of the newest frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    signal                  LowCardinality(String) COMMENT 'finding: which of the values of signals.cross it is',
    finding_id              String COMMENT 'Identity of the finding over all of its steps' CODEC(ZSTD(1)),
    sequence                UInt32 COMMENT 'Number of the step, from 0',
    kind                    LowCardinality(String) COMMENT 'wall, copied, moved or lure_taking',
    stage                   LowCardinality(String) COMMENT 'opened, changed or closed',
    side                    LowCardinality(String) COMMENT 'bid or ask',
    price                   Float64 COMMENT 'Mean price of the pieces by quantity on the scale of the common mid, USD' CODEC(ZSTD(1)),
    distance_bps            Float64 COMMENT 'Of that price from the common mid, bps' CODEC(ZSTD(1)),
    spread_bps              Float64 COMMENT 'Largest distance between two pieces with the basis taken out, bps' CODEC(ZSTD(1)),
    markets                 Array(LowCardinality(String)) COMMENT 'Markets (venue:symbol), where it began first',
    order_ids               Array(String) COMMENT 'Large orders it is made of' CODEC(ZSTD(1)),
    prices                  Array(Float64) COMMENT 'Their prices, quote currency' CODEC(ZSTD(1)),
    quantities              Array(Float64) COMMENT 'What stands of them, base currency' CODEC(ZSTD(1)),
    max_quantities          Array(Float64) COMMENT 'Their largest quantities, base currency' CODEC(ZSTD(1)),
    since                   Array(Int64) COMMENT 'When each was first seen, for takers since when they count, ms since the epoch' CODEC(ZSTD(1)),
    delay_ms                Int64 COMMENT 'From the first market to the second, ms' CODEC(ZSTD(1)),
    initial_qty             Float64 COMMENT 'Sum of the pieces at their opening, base currency' CODEC(ZSTD(1)),
    added_qty               Float64 COMMENT 'Sum of what was added, base currency' CODEC(ZSTD(1)),
    traded_qty              Float64 COMMENT 'Sum of what was traded, base currency' CODEC(ZSTD(1)),
    cancelled_qty           Float64 COMMENT 'Sum of what was cancelled, base currency' CODEC(ZSTD(1)),
    unexplained_qty         Float64 COMMENT 'Sum of what vanished unexplained, base currency' CODEC(ZSTD(1)),
    current_qty             Float64 COMMENT 'Sum of what stands, base currency' CODEC(ZSTD(1)),
    max_qty                 Float64 COMMENT 'Largest sum that stood at one time, base currency' CODEC(ZSTD(1)),
    value_usd               Float64 COMMENT 'Of the sum that stands, of the largest one once it is gone, USD' CODEC(ZSTD(1)),
    taken_qty               Float64 COMMENT 'Taker volume on the other market, base currency; 0 unless a lure' CODEC(ZSTD(1)),
    taken_share             Float64 COMMENT 'Share of it that went the way the lure helps' CODEC(ZSTD(1)),
    taken_usual             Float64 COMMENT 'How many times the usual volume that is' CODEC(ZSTD(1)),
    tolerance_ms            UInt32 COMMENT 'Tolerance between the clocks of two venues, ms'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW cross_findings AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM cross_findings_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- All markets of a coin, second by second.
CREATE TABLE IF NOT EXISTS cross_1s_rows
(
    schema_version          UInt16 COMMENT 'Version of the record layout',
    venue                   LowCardinality(String) COMMENT 'all: what several markets say together',
    symbol                  LowCardinality(String) COMMENT 'The coin, for example BTC',
    event_id                String COMMENT 'Derived from content; the same on every replay' CODEC(ZSTD(1)),
    event_time              Int64 COMMENT 'Venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us             Int64 COMMENT 'Local receive time of the newest frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    signal                  LowCardinality(String) COMMENT 'second: which of the values of signals.cross it is',
    markets                 Array(LowCardinality(String)) COMMENT 'Markets (venue:symbol) that told something of the second',
    missing                 Array(LowCardinality(String)) COMMENT 'Markets that are known and told nothing',
    mid                     Nullable(Float64) COMMENT 'Common mid, USD; NULL while no market has one' CODEC(ZSTD(1)),
    mids                    Array(Nullable(Float64)) COMMENT 'Mid of each market, quote currency' CODEC(ZSTD(1)),
    basis_bps               Array(Nullable(Float64)) COMMENT 'Basis of each market against the common mid, bps' CODEC(ZSTD(1)),
    buy_qty                 Array(Float64) COMMENT 'Taker buys of each market, base currency' CODEC(ZSTD(1)),
    sell_qty                Array(Float64) COMMENT 'Taker sells of each market, base currency' CODEC(ZSTD(1)),
    buy_usd                 Float64 COMMENT 'Taker buys of all markets, USD' CODEC(ZSTD(1)),
    sell_usd                Float64 COMMENT 'Taker sells of all markets, USD' CODEC(ZSTD(1)),
    cvd_qty                 Float64 COMMENT 'Sum of the rolling CVD of the markets, base currency' CODEC(ZSTD(1)),
    cvd_usd                 Float64 COMMENT 'Sum of the rolling CVD of the markets, USD' CODEC(ZSTD(1)),
    cvd_qty_by_market       Array(Float64) COMMENT 'Rolling CVD of each market, base currency' CODEC(ZSTD(1)),
    open_interest           Nullable(Float64) COMMENT 'Sum of the open interest of the markets that have one, base currency' CODEC(ZSTD(1)),
    open_interest_by_market Array(Nullable(Float64)) COMMENT 'Open interest of each market, base currency' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 90 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW cross_1s AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM cross_1s_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- What the markets of a coin add up to, and which agree.
CREATE TABLE IF NOT EXISTS cross_actions_rows
(
    schema_version          UInt16 COMMENT 'Version of the record layout',
    venue                   LowCardinality(String) COMMENT 'all: what several markets say together',
    symbol                  LowCardinality(String) COMMENT 'The coin, for example BTC',
    event_id                String COMMENT 'Derived from content; the same on every replay' CODEC(ZSTD(1)),
    event_time              Int64 COMMENT 'Venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us             Int64 COMMENT 'Local receive time of the newest frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    signal                  LowCardinality(String) COMMENT 'action: which of the values of signals.cross it is',
    final_action            LowCardinality(String) COMMENT 'ACCUMULATE, MARKUP, DISTRIBUTION, MARKDOWN, MANIPULATION or UNKNOWN',
    buy_score               Float64 COMMENT 'Scores for buying, weighed by taker volume' CODEC(ZSTD(1)),
    sell_score              Float64 COMMENT 'Scores for selling, weighed by taker volume' CODEC(ZSTD(1)),
    markets                 Array(LowCardinality(String)) COMMENT 'Markets (venue:symbol)',
    actions                 Array(LowCardinality(String)) COMMENT 'Action of each market',
    weights                 Array(Float64) COMMENT 'Weight of each market' CODEC(ZSTD(1)),
    agreeing                Array(LowCardinality(String)) COMMENT 'Markets whose action agrees',
    against                 Array(LowCardinality(String)) COMMENT 'Markets whose action points the other way',
    evidence                String COMMENT 'What else led to it, a JSON object' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW cross_actions AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM cross_actions_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- Which of two markets moves first.
CREATE TABLE IF NOT EXISTS cross_leads_rows
(
    schema_version          UInt16 COMMENT 'Version of the record layout',
    venue                   LowCardinality(String) COMMENT 'all: what several markets say together',
    symbol                  LowCardinality(String) COMMENT 'The coin, for example BTC',
    event_id                String COMMENT 'Derived from content; the same on every replay' CODEC(ZSTD(1)),
    event_time              Int64 COMMENT 'Venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us             Int64 COMMENT 'Local receive time of the newest frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    signal                  LowCardinality(String) COMMENT 'lead: which of the values of signals.cross it is',
    first                   LowCardinality(String) COMMENT 'One market (venue:symbol)',
    second                  LowCardinality(String) COMMENT 'The other market',
    lead_ms                 Nullable(Int64) COMMENT 'By how much the first leads (negative: follows), ms; NULL where they do not agree enough' CODEC(ZSTD(1)),
    correlation             Float64 COMMENT 'Correlation of the returns at that lag' CODEC(ZSTD(1)),
    correlation_at_0        Float64 COMMENT 'Correlation of the returns at the same time' CODEC(ZSTD(1)),
    samples                 UInt32 COMMENT 'Returns of 100 ms that were compared'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW cross_leads AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM cross_leads_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- How far the clocks of the markets lie apart.
CREATE TABLE IF NOT EXISTS cross_clocks_rows
(
    schema_version          UInt16 COMMENT 'Version of the record layout',
    venue                   LowCardinality(String) COMMENT 'all: what several markets say together',
    symbol                  LowCardinality(String) COMMENT 'The coin, for example BTC',
    event_id                String COMMENT 'Derived from content; the same on every replay' CODEC(ZSTD(1)),
    event_time              Int64 COMMENT 'Venue time, ms since the epoch' CODEC(Delta, ZSTD(1)),
    received_us             Int64 COMMENT 'Local receive time of the newest frame that led to it, microseconds since the epoch' CODEC(Delta, ZSTD(1)),
    signal                  LowCardinality(String) COMMENT 'clock: which of the values of signals.cross it is',
    market                  LowCardinality(String) COMMENT 'Market (venue:symbol)',
    delay_ms                Float64 COMMENT 'Least receive time - event time, ms' CODEC(ZSTD(1)),
    skew_ms                 Float64 COMMENT 'That less the median of all markets, ms' CODEC(ZSTD(1)),
    tolerance_ms            UInt32 COMMENT 'Tolerance between the clocks of two venues, ms',
    within_tolerance        Bool COMMENT 'Whether the skew is within it'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(event_time, 1000), 'UTC'))
ORDER BY (venue, symbol, event_time, event_id)
TTL toDateTime(intDiv(received_us, 1000000)) + INTERVAL 400 DAY DELETE WHERE received_us > 0;

CREATE OR REPLACE VIEW cross_clocks AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM cross_clocks_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
