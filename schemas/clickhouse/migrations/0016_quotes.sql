-- What the amounts named usd were reckoned by: one unit of the quote currency in USD.
ALTER TABLE book_1s_rows
    ADD COLUMN IF NOT EXISTS quote_usd Nullable(Float64) DEFAULT 1 COMMENT 'USD for one unit of the quote currency; 1 for a dollar, NULL where it is unknown: amounts named usd are then in the quote currency' CODEC(ZSTD(1));

CREATE OR REPLACE VIEW book_1s AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM book_1s_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
