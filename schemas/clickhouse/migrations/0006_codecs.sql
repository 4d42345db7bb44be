-- Codecs by measured size; docs/decisions/0003 has the figures. Parts that are written already change
-- with their next merge.
ALTER TABLE book_1s_rows
    MODIFY COLUMN heat_prices CODEC(Delta(8), ZSTD(1)),
    MODIFY COLUMN heat_bid_usd CODEC(ZSTD(3)),
    MODIFY COLUMN heat_ask_usd CODEC(ZSTD(3)),
    MODIFY COLUMN bid_depth_usd CODEC(ZSTD(3)),
    MODIFY COLUMN ask_depth_usd CODEC(ZSTD(3));

ALTER TABLE large_order_events_rows MODIFY COLUMN evidence CODEC(ZSTD(1));
