"""Raw records are kept to the letter, each once, and only where the settings ask for it."""

import time

import pytest

from processors.sink.rows import stored_topics
from schemas.clickhouse.connect import connect
from schemas.control import DeadLetter
from schemas.market import DepthDiff, TakerSide, Trade, Trades
from schemas.record import Record
from schemas.settings import ClickHouseSettings
from schemas.topics import DEPTH, TRADES
from tests.integration.schemas.clickhouse.test_sink import running_sink
from tests.support.markets.records import START_MS, as_bytes

RECEIVED_US = time.time_ns() // 1_000
"""Now: raw records are kept for a week, counted from their receipt."""

DIFF = DepthDiff(
    venue="binance_usdm",
    symbol="BTCUSDT",
    event_time=START_MS,
    received_us=RECEIVED_US,
    first_update_id=1,
    last_update_id=2,
    prev_update_id=0,
    bids=[(60_000.5, 1.25)],
    asks=[],
)
PACK = Trades(
    venue="binance_usdm",
    symbol="BTCUSDT",
    received_us=RECEIVED_US + 1,
    watermark=START_MS,
    trades=[Trade(1, START_MS, 60_000.5, 0.001, TakerSide.BUY)],
)
RECORDS: list[tuple[str, Record]] = [(DEPTH.name, DIFF), (TRADES.name, PACK)]


@pytest.mark.parametrize("archive", [True, False])
def test_raw_topics_are_read_only_where_asked_for(archive: bool) -> None:
    stored = stored_topics(ClickHouseSettings(archive_raw=archive))
    assert (DEPTH in stored, TRADES in stored) == (archive, archive)


async def test_a_raw_record_is_kept_to_the_letter_and_once(store: ClickHouseSettings) -> None:
    archiving = store.model_copy(update={"archive_raw": True})
    # The second sink has not seen what the first one wrote, as after a crash.
    for group in ("first", "second"):
        async with running_sink(archiving, group=group) as sink:
            for topic, record in RECORDS:
                await sink.add(topic, 3, 7, as_bytes(record), RECEIVED_US)
            await sink.flush()
            counts = await sink.row_counts()
    assert counts["raw_archive"] == len(RECORDS)
    client = connect(archiving)
    try:
        query = "SELECT topic, symbol, partition, offset, value FROM raw_archive ORDER BY topic"
        found = client.query(query).result_rows
    finally:
        client.close()
    assert found == [
        (topic, "BTCUSDT", 3, 7, as_bytes(record).decode()) for topic, record in RECORDS
    ]


async def test_a_raw_record_that_cannot_be_read_is_a_dead_letter(
    store: ClickHouseSettings,
) -> None:
    letters: list[DeadLetter] = []
    async with running_sink(store, letters) as sink:
        await sink.add(DEPTH.name, 0, 0, b'{"venue": "binance_usdm"}', RECEIVED_US)
        await sink.flush()
    assert [(letter.source, letter.offset) for letter in letters] == [(DEPTH.name, 0)]
