-- Readings of a quarter of an hour that still runs, once a minute. `smart_money` shows the closed ones
-- as before, `smart_money_now` the newest of either kind.
ALTER TABLE smart_money_rows
    ADD COLUMN IF NOT EXISTS preliminary Bool DEFAULT false COMMENT 'True: of a quarter that still ran at event_time';

CREATE OR REPLACE VIEW smart_money AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM smart_money_rows FINAL
WHERE NOT preliminary
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW smart_money_now AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM smart_money_rows FINAL
ORDER BY event_time DESC
LIMIT 1 BY venue, symbol
SETTINGS do_not_merge_across_partitions_select_final = 1;
