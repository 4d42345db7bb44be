"""The sink: records in, rows and positions out. Writing twice changes nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Final

from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import ValidationError

from processors.sink.batch import Batch, Batcher, Pending, TopicPartition
from processors.sink.probe import StoreProbe
from processors.sink.rows import row_of
from processors.sink.stats import SinkStats
from processors.sink.writer import RefusedRowsError, Writer
from schemas.clickhouse.errors import store_error
from schemas.clock import wall_us
from schemas.control import DeadLetter
from schemas.settings import Settings

FIRST_RETRY_S: Final = 0.1
LAST_RETRY_S: Final = 5.0
STOP_TIMEOUT_S: Final = 2.0

log = logging.getLogger(__name__)


class ClickHouseSink:
    """Batches the records of `rows.stored_topics` into ClickHouse.

    The caller reads the log: it starts each partition at `offsets()`, hands over every record in
    order with `add`, and calls `flush_due` a few times per batch age. `add` waits while a full
    batch is written, so at most two batches are ever held. A batch is written until the store has
    taken it; only a record that cannot be read or a row that the store refuses leaves the path, to
    `dead_letter`.
    """

    def __init__(
        self,
        settings: Settings,
        dead_letter: Callable[[DeadLetter], Awaitable[None]],
        now_us: Callable[[], int] = wall_us,
    ) -> None:
        store = settings.clickhouse
        self._dead_letter = dead_letter
        self._now_us = now_us
        self._url, self._user = store.url, store.user
        self._writer = Writer(store, settings.kafka.group)
        self._probe = StoreProbe(self._writer.ping)
        self._batcher = Batcher(store.batch_rows, store.batch_ms / 1_000)
        self._in_flight: Batch | None = None
        self._lock = asyncio.Lock()
        self._next: dict[TopicPartition, int] = {}
        self._written: dict[TopicPartition, int] = {}
        self._stats = SinkStats()

    @property
    def stats(self) -> SinkStats:
        """Counters since the start."""
        return self._stats

    @property
    def written(self) -> dict[TopicPartition, int]:
        """First offset of each partition that is not stored yet, as far as this process knows."""
        return dict(self._written)

    @property
    def unwritten_rows(self) -> int:
        """Rows that were added and are not stored yet."""
        in_flight = self._in_flight.row_count if self._in_flight is not None else 0
        return self._batcher.rows + in_flight

    def next_offset(self, topic: str, partition: int) -> int | None:
        """Return the offset that `add` expects next of a partition; None before the first."""
        return self._next.get((topic, partition))

    async def start(self) -> None:
        """Connect and bring the schema up to date. Raises schemas.clickhouse.errors.StoreError."""
        await self._writer.open()

    async def offsets(self) -> dict[TopicPartition, int]:
        """Return the offset from which each partition must be read; partitions without a row in
        the store are missing and begin at the start of their log.

        What this process believed before does not count: partitions that another worker had in the
        meantime have moved on. Call it with nothing left to flush.
        """
        stored = await self._writer.read_offsets()
        self._written.update(stored)
        self._next.update(stored)
        return stored

    async def add(
        self, topic: str, partition: int, offset: int, value: bytes, received_us: int
    ) -> None:
        """Take one record; `received_us` is now, in microseconds since the epoch.

        A record below the expected offset was taken before and is skipped. Raises KeyError for a
        topic that has no table.
        """
        if offset < self._next.get((topic, partition), 0):
            self._stats.duplicates_skipped += 1
            return
        if self._batcher.is_full:
            await self.flush()
        now_s = received_us / 1_000_000
        try:
            view, row = row_of(topic, partition, offset, value)
        except ValidationError as error:
            unread = Pending((), topic, partition, offset, value, received_us)
            await self._reject(unread, _explain(error))
            self._batcher.advance(topic, partition, offset, now_s)
        else:
            pending = Pending(row, topic, partition, offset, value, received_us)
            self._batcher.add(view, pending, now_s)
        self._next[topic, partition] = offset + 1

    async def flush_due(self, now_s: float) -> None:
        """Write the batch if it is old or large enough; `now_s` in seconds since the epoch."""
        if self._batcher.is_due(now_s):
            await self.flush()

    async def flush(self) -> None:
        """Write everything added so far, then the positions; returns when all of it is stored."""
        async with self._lock:
            if self._in_flight is not None:
                # A call that was cancelled left it behind; repeating what it wrote is harmless.
                await self._deliver(self._in_flight)
                self._in_flight = None
            if not self._batcher.is_empty:
                self._in_flight = self._batcher.take()
                await self._deliver(self._in_flight)
                self._in_flight = None

    async def release(self, partitions: Iterable[TopicPartition]) -> None:
        """Store what is there and forget the positions of partitions that another worker takes."""
        await self.flush()
        for partition in partitions:
            self._next.pop(partition, None)
            self._written.pop(partition, None)

    async def trouble(self) -> str | None:
        """Return in one line why the store takes nothing at the moment; None: it does."""
        if self._stats.last_error is not None:
            return self._stats.last_error
        try:
            await self._probe.check()
        except (ClickHouseError, OSError) as error:
            return str(store_error(error, self._url, self._user))
        return None

    def restart_at(self, topic: str, partition: int, next_offset: int) -> None:
        """Expect `next_offset` from now on, even below what was written: the log was made anew."""
        self._next[topic, partition] = next_offset
        # Stored with the next batch, however soon somebody asks the store again.
        self._batcher.advance(topic, partition, next_offset - 1, self._now_us() / 1_000_000)

    async def row_counts(self) -> dict[str, int]:
        """Return the number of distinct rows of each view."""
        return await self._writer.count_rows()

    async def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Write what is left if the store takes it in time, and close.

        What is not written is read again at the next start, because its positions are not.
        """
        self._probe.close()
        try:
            async with asyncio.timeout(timeout_s):
                await self.flush()
                await self._writer.close()
        except TimeoutError:
            log.warning("%d rows not stored; their records are read again", self.unwritten_rows)
            self._writer.abandon()

    async def _deliver(self, batch: Batch) -> None:
        started = time.perf_counter()
        for view, rows in batch.rows.items():
            await self._insert(view, rows)
        await self._until_taken(
            lambda: self._writer.write_offsets(batch.next_offsets, self._now_us())
        )
        self._written.update(batch.next_offsets)
        self._batcher.note_written(self._now_us() / 1_000_000)
        self._stats.wrote((time.perf_counter() - started) * 1_000)

    async def _insert(self, view: str, rows: Sequence[Pending]) -> None:
        """Insert rows; where the store refuses some, halve until each of them is alone."""
        groups = [rows]
        while groups:
            group = groups.pop()
            write = partial(self._writer.insert, view, [pending.row for pending in group])
            try:
                await self._until_taken(write)
            except RefusedRowsError as error:
                if len(group) == 1:
                    await self._reject(group[0], f"refused by table {view}_rows: {error}")
                else:
                    middle = len(group) // 2
                    groups += [group[middle:], group[:middle]]
            else:
                self._stats.rows[view] += len(group)

    async def _until_taken(self, write: Callable[[], Awaitable[None]]) -> None:
        pause_s = FIRST_RETRY_S
        while True:
            try:
                await write()
            except (ClickHouseError, OSError) as error:
                self._stats.retries += 1
                self._stats.last_error = str(store_error(error, self._url, self._user))
                log.warning("store: %s; retrying in %.1f s", self._stats.last_error, pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LAST_RETRY_S)
            else:
                self._stats.last_error = None
                self._probe.note_answer()
                return

    async def _reject(self, pending: Pending, reason: str) -> None:
        self._stats.dead_letters += 1
        await self._dead_letter(
            DeadLetter(
                source=pending.topic,
                partition=pending.partition,
                offset=pending.offset,
                received_us=pending.received_us,
                reason=reason,
                payload=DeadLetter.text_of(pending.payload),
            )
        )


def _explain(error: ValidationError) -> str:
    """Return the first fault of a value in one line."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" and {error.error_count() - 1} more" if error.error_count() > 1 else ""
    return f"{where or 'value'}: {first['msg']}{more}"
