"""The sink against real stores: every record becomes one row, whatever happens on the way."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from processors.sink.sink import ClickHouseSink
from schemas.clickhouse.connect import connect
from schemas.clickhouse.tables import TABLE_OF_MODEL
from schemas.control import DeadLetter
from schemas.record import Record
from schemas.settings import ClickHouseSettings, KafkaSettings, Settings
from schemas.signals import BookMetrics
from tests.integration.schemas.clickhouse.sink_harness import DEADLINE_S, until
from tests.support.markets.records import (
    RECEIVED_US,
    START_MS,
    as_bytes,
    one_of_each,
    order,
    signal,
)
from tests.support.paths import REPOSITORY
from tests.support.processing.sink import unexpected
from tests.support.servers.clickhouse_server import (
    free_port,
    running_server,
    unique_database,
)


@asynccontextmanager
async def running_sink(
    store: ClickHouseSettings, letters: list[DeadLetter] | None = None, group: str = "wallwatch"
) -> AsyncIterator[ClickHouseSink]:
    async def keep(letter: DeadLetter) -> None:
        assert letters is not None, letter
        letters.append(letter)

    settings = Settings(clickhouse=store, kafka=KafkaSettings(group=group))
    sink = ClickHouseSink(settings, keep)
    await sink.start()
    try:
        yield sink
    finally:
        await sink.stop()


async def feed(sink: ClickHouseSink, records: list[tuple[str, Record]], start: int = 0) -> None:
    for offset, (topic, record) in enumerate(records, start):
        await sink.add(topic, 0, offset, as_bytes(record), RECEIVED_US)


def rows(store: ClickHouseSettings, query: str) -> list[dict[str, Any]]:
    client = connect(store)
    try:
        return list(client.query(query).named_results())
    finally:
        client.close()


async def test_every_field_comes_back(store: ClickHouseSettings) -> None:
    records = one_of_each()
    async with running_sink(store) as sink:
        await feed(sink, records)
        await sink.flush()
        for _, record in records:
            table = TABLE_OF_MODEL[type(record)]
            columns = ", ".join(table.columns)
            [row] = rows(store, f"SELECT {columns} FROM {table.view}")
            if "evidence" in row:
                row["evidence"] = json.loads(row["evidence"])
            assert row == record.model_dump(mode="python")


async def test_writing_twice_changes_nothing(store: ClickHouseSettings) -> None:
    life = [order("a", 0), order("a", 1, state="persistent"), order("b", 0), order("a", 2)]
    records: list[tuple[str, Record]] = [("signals.large_orders", event) for event in life]
    records += one_of_each()[1:]
    async with running_sink(store) as sink:
        await feed(sink, records)
        await sink.flush()
        counts = await sink.row_counts()
        newest = rows(store, "SELECT order_id, sequence FROM large_orders ORDER BY order_id")
    for _ in range(2):
        async with running_sink(store, group="another") as again:
            # The group has no positions here, so nothing is skipped.
            for topic, record in records[:3]:
                await again.add(topic, 1, 0, as_bytes(record), RECEIVED_US + 5)
                again.restart_at(topic, 1, 0)
            await feed(again, records)
            await again.flush()
            assert again.stats.rows["large_order_events"] >= 4
            assert await again.row_counts() == counts
    assert counts["large_order_events"] == 4
    assert counts["large_orders"] == 2
    assert newest == [{"order_id": "a", "sequence": 2}, {"order_id": "b", "sequence": 0}]
    query = "SELECT order_id, sequence FROM large_orders ORDER BY order_id"
    assert rows(store, query) == newest


async def test_a_restart_carries_on_where_the_rows_end(store: ClickHouseSettings) -> None:
    records: list[tuple[str, Record]] = [("signals.large_orders", order("a", n)) for n in range(10)]
    async with running_sink(store) as sink:
        assert await sink.offsets() == {}
        await feed(sink, records[:6])
        await sink.flush()
        assert sink.written == {("signals.large_orders", 0): 6}
    async with running_sink(store) as sink:
        assert await sink.offsets() == {("signals.large_orders", 0): 6}
        assert sink.next_offset("signals.large_orders", 0) == 6
        await feed(sink, records)
        assert sink.stats.duplicates_skipped == 6
        await sink.flush()
        assert sink.stats.rows == {"large_order_events": 4}
        assert (await sink.row_counts())["large_order_events"] == 10
    async with running_sink(store, group="other") as other:
        assert await other.offsets() == {}


async def test_what_another_worker_stored_meanwhile_is_not_behind(
    store: ClickHouseSettings,
) -> None:
    place = ("signals.large_orders", 0)
    records: list[tuple[str, Record]] = [(place[0], order("a", n)) for n in range(6)]
    async with running_sink(store) as ours, running_sink(store) as theirs:
        await feed(ours, records[:3])
        await ours.flush()
        await theirs.offsets()
        await ours.release([place])
        # Asked while the partition is with the other one.
        assert await ours.offsets() == {place: 3}
        await feed(theirs, records[3:], start=3)
        await theirs.flush()
        assert await ours.offsets() == {place: 6}
        assert ours.written == {place: 6}
        assert ours.next_offset(*place) == 6


KILLED_BETWEEN = """
import asyncio, json, os, signal, sys
from processors.sink.sink import ClickHouseSink
from processors.sink.writer import Writer
from schemas.settings import ClickHouseSettings, Settings
from tests.support.markets.records import RECEIVED_US, as_bytes, order

async def die(self, offsets, now_us):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = ClickHouseSettings(url=sys.argv[1], database=sys.argv[2])
    sink = ClickHouseSink(Settings(clickhouse=store), None)
    await sink.start()
    for offset in range(10):
        record = order(f"o{offset}")
        await sink.add("signals.large_orders", 0, offset, as_bytes(record), RECEIVED_US)
        if offset == 3:
            await sink.flush()
            Writer.write_offsets = die
    await sink.flush()

asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["chdb", pytest.param("server", marks=pytest.mark.clickhouse)])
async def test_killed_between_rows_and_positions(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"chdb:{tmp_path}" if kind == "chdb" else request.getfixturevalue("clickhouse_server")
    store = ClickHouseSettings(url=url, database=unique_database())
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_BETWEEN, store.url, store.database, cwd=REPOSITORY
    )
    assert await killed.wait() == -9
    async with running_sink(store) as sink:
        assert await sink.offsets() == {("signals.large_orders", 0): 4}
        assert (await sink.row_counts())["large_order_events"] == 10
        for offset in range(4, 12):
            record = order(f"o{offset}")
            await sink.add("signals.large_orders", 0, offset, as_bytes(record), RECEIVED_US)
        await sink.flush()
        found = rows(store, "SELECT order_id FROM large_order_events ORDER BY length(order_id), 1")
        assert [row["order_id"] for row in found] == [f"o{n}" for n in range(12)]
        assert await sink.offsets() == {("signals.large_orders", 0): 12}


async def test_what_cannot_be_read_goes_to_the_dead_letters(store: ClickHouseSettings) -> None:
    letters: list[DeadLetter] = []
    async with running_sink(store, letters) as sink:
        good = as_bytes(order("a"))
        for offset, value in enumerate((good, b'{"venue": "x\xff', b'{"venue": "x"}')):
            await sink.add("signals.large_orders", 2, offset, value, RECEIVED_US)
        await sink.flush()
        assert await sink.offsets() == {("signals.large_orders", 2): 3}
        assert (await sink.row_counts())["large_order_events"] == 1
        assert sink.stats.dead_letters == 2
    assert [(letter.source, letter.partition, letter.offset) for letter in letters] == [
        ("signals.large_orders", 2, 1),
        ("signals.large_orders", 2, 2),
    ]
    assert letters[0].payload == '{"venue": "x\\xff'
    assert letters[1].reason.startswith("symbol: Field required and ")


async def test_a_refused_row_does_not_hold_up_the_others(store: ClickHouseSettings) -> None:
    letters: list[DeadLetter] = []
    books = [signal(BookMetrics, event_time=START_MS + 1_000 * n) for n in range(9)]
    books[3] = signal(BookMetrics, event_time=START_MS + 3_000, heat_prices=[1.0])
    books[7] = signal(BookMetrics, event_time=START_MS + 7_000, bid_levels=2**80)
    async with running_sink(store, letters) as sink:
        await feed(sink, [("signals.book", book) for book in books])
        await sink.flush()
        assert (await sink.row_counts())["book_1s"] == 7
        assert sink.stats.rows == {"book_1s": 7}
        assert await sink.offsets() == {("signals.book", 0): 9}
    assert [letter.offset for letter in letters] == [3, 7]
    assert "heat_lists" in letters[0].reason
    assert "bid_levels" in letters[1].reason


async def test_a_full_batch_is_written_by_add(store: ClickHouseSettings) -> None:
    small = store.model_copy(update={"batch_rows": 5})
    async with running_sink(small) as sink:
        await feed(sink, [("signals.large_orders", order("a", n)) for n in range(23)])
        assert sink.unwritten_rows <= 5
        assert sink.stats.batches == 4
        await sink.flush_due(RECEIVED_US / 1e6)
        assert sink.unwritten_rows == 3
        await sink.flush_due(RECEIVED_US / 1e6 + store.batch_ms / 1_000)
        assert sink.unwritten_rows == 0


async def test_rows_that_came_during_a_write_are_as_old_as_its_end(
    store: ClickHouseSettings,
) -> None:
    async with running_sink(store) as sink:
        await feed(sink, [("signals.large_orders", order("a"))])
        flush = asyncio.create_task(sink.flush())
        await asyncio.sleep(0)
        await feed(sink, [("signals.large_orders", order("b"))], start=1)
        await flush
        await sink.flush_due(time.time())
        assert sink.unwritten_rows == 1
        await sink.flush_due(time.time() + store.batch_ms / 1_000)
        assert sink.unwritten_rows == 0


async def test_a_cancelled_flush_loses_nothing(store: ClickHouseSettings) -> None:
    async with running_sink(store) as sink:
        await feed(sink, [("signals.large_orders", order("a", n)) for n in range(10)])
        flush = asyncio.create_task(sink.flush())
        await asyncio.sleep(0)
        flush.cancel()
        with pytest.raises(asyncio.CancelledError):
            await flush
        await feed(sink, [("signals.large_orders", order("b"))], start=10)
        await sink.flush()
        assert (await sink.row_counts())["large_order_events"] == 11


@pytest.mark.clickhouse
async def test_an_outage_of_the_server_delays_and_drops_nothing(
    clickhouse_server: str, tmp_path: Path
) -> None:
    port = free_port()
    with running_server(tmp_path, port) as url:
        store = ClickHouseSettings(url=url, database="outage")
        sink = ClickHouseSink(Settings(clickhouse=store), unexpected)
        await sink.start()
        await feed(sink, [("signals.large_orders", order("a", n)) for n in range(5)])
        await sink.flush()
    await feed(sink, [("signals.large_orders", order("b", n)) for n in range(5)], start=5)
    flush = asyncio.create_task(sink.flush())
    await until(lambda: sink.stats.retries >= 2)
    assert sink.stats.last_error is not None
    assert "cannot be reached" in sink.stats.last_error
    assert not flush.done()
    with running_server(tmp_path, port):
        await asyncio.wait_for(flush, DEADLINE_S)
        assert sink.stats.last_error is None
        assert (await sink.row_counts())["large_order_events"] == 10
        assert await sink.offsets() == {("signals.large_orders", 0): 10}
        await sink.stop()


@pytest.mark.clickhouse
async def test_stopping_does_not_wait_for_a_store_that_is_gone(
    clickhouse_server: str, tmp_path: Path
) -> None:
    with running_server(tmp_path) as url:
        store = ClickHouseSettings(url=url, database="gone")
        sink = ClickHouseSink(Settings(clickhouse=store), unexpected)
        await sink.start()
    await feed(sink, [("signals.large_orders", order("a"))])
    began = time.monotonic()
    await sink.stop(timeout_s=0.5)
    assert time.monotonic() - began < 1.5
    assert sink.unwritten_rows == 1
