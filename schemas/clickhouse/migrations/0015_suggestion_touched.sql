-- Entered is what a trade went beyond; what it touched at the entry may have waited behind others.
ALTER TABLE suggestion_outcomes_rows
    ADD COLUMN IF NOT EXISTS touched_at Nullable(Int64) COMMENT 'Venue time of the first trade at the entry or beyond, ms since the epoch; NULL where none was' CODEC(ZSTD(1)) AFTER end,
    COMMENT COLUMN entered_at 'Venue time of the first trade beyond the entry, ms since the epoch; NULL where none was';

CREATE OR REPLACE VIEW suggestion_outcomes AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM suggestion_outcomes_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
