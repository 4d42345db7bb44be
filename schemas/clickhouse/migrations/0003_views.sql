-- What people read. Views read FINAL, so a row that was written twice is seen once, merged or not.
-- Equal keys always lie in one partition, hence the setting. `time` is event_time for people.

CREATE OR REPLACE VIEW large_order_events AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_order_events_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW large_orders AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM large_orders_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW flow AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM flow_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW flow_1s AS SELECT * FROM flow WHERE interval_ms = 1000;

CREATE OR REPLACE VIEW flow_1m AS SELECT * FROM flow WHERE interval_ms = 60000;

CREATE OR REPLACE VIEW flow_15m AS SELECT * FROM flow WHERE interval_ms = 900000;

CREATE OR REPLACE VIEW book_1s AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM book_1s_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW book_heat AS
SELECT
    venue,
    symbol,
    event_time,
    time,
    mid,
    price,
    bid_usd,
    ask_usd
FROM book_1s
ARRAY JOIN
    heat_prices AS price,
    heat_bid_usd AS bid_usd,
    heat_ask_usd AS ask_usd;

CREATE OR REPLACE VIEW actions AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM actions_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW smart_money AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM smart_money_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW alerts AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM alerts_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW open_interest AS
SELECT *, fromUnixTimestamp64Milli(event_time, 'UTC') AS time
FROM open_interest_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW feed_status AS
SELECT *, fromUnixTimestamp64Micro(received_us, 'UTC') AS time
FROM feed_status_rows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW sink_offsets AS
SELECT *, fromUnixTimestamp64Micro(written_us, 'UTC') AS time
FROM sink_offsets_rows FINAL;
