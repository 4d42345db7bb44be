"""The sink agent's work: runs of signals into the store, which keeps their offsets itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from faust.types import TP

from processors.shell.exact import Cursor
from processors.shell.metrics import ShellMetrics
from processors.shell.reader import SEEK_AGAIN_S, PartitionReader, shrunken_logs
from processors.shell.slices import Slices
from schemas.clock import wall_us

log = logging.getLogger(__name__)

SLICE_S: Final = 0.002
"""Longest stretch of rows before other tasks get the loop: nobody waits for a row of a batch."""


class Sink(Protocol):
    """What the shell needs of a store."""

    @property
    def written(self) -> dict[tuple[str, int], int]:
        """Per topic and partition: the offset of the first record that is not stored."""

    async def offsets(self) -> dict[tuple[str, int], int]:
        """Read the same from the store."""

    async def add(
        self, topic: str, partition: int, offset: int, value: bytes, received_us: int
    ) -> None:
        """Take one record into the open batch; `received_us` is now."""

    async def flush(self) -> None:
        """Store the open batch and its offsets."""

    def restart_at(self, topic: str, partition: int, next_offset: int) -> None:
        """Expect this offset next: the log was made anew."""

    async def release(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Store the open batch and forget these partitions."""


class StoreShell:
    """Feeds the sink each record of its topics once."""

    def __init__(
        self, sink: Sink, metrics: ShellMetrics, reader: Callable[[], PartitionReader]
    ) -> None:
        self._sink = sink
        self._metrics = metrics
        self._reader = reader
        self._cursors: dict[TP, Cursor] = {}
        self._sought: dict[TP, tuple[int, float]] = {}
        self._generation = 0
        self._slices = Slices(SLICE_S)

    def positions(self) -> dict[TP, int]:
        """Per assigned partition: the offset that is due next. What lies before is in the sink."""
        return {tp: cursor.next for tp, cursor in self._cursors.items()}

    async def resume(self, assigned: frozenset[TP]) -> Mapping[TP, int]:
        """Store what is open and return from where the store has to be fed."""
        self._forget()
        await self._sink.flush()
        stored = await self._sink.offsets()
        earliest = await self._reader().earliest_offsets(*assigned)
        cursors: dict[TP, Cursor] = {}
        for tp in sorted(assigned):
            cursors[tp] = Cursor(stored.get((tp.topic, tp.partition), earliest[tp]))
            self._note_lost(tp, cursors[tp], earliest[tp])
        positions = {tp: cursor.next for tp, cursor in cursors.items()}
        for tp, end in (await shrunken_logs(self._reader(), positions)).items():
            log.error(
                "%s-%d: the log ends at %d, before the stored offset; storing from its beginning",
                tp.topic,
                tp.partition,
                end,
            )
            self._metrics.shrunken_logs += 1
            cursors[tp].next = earliest[tp]
            self._sink.restart_at(tp.topic, tp.partition, earliest[tp])
        self._cursors = cursors
        return {tp: cursor.next for tp, cursor in cursors.items()}

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Store what is new in a delivered run. Whatever the sink raises is raised."""
        cursor = self._cursors.get(tp)
        if cursor is None:
            return  # Delivered for an assignment that is over.
        generation = self._generation
        plan = cursor.plan([record.offset for record in records])
        self._metrics.duplicates_skipped += plan.start
        now_us = wall_us()
        for record in records[plan.start : plan.stop]:
            await self._sink.add(tp.topic, tp.partition, record.offset, record.value or b"", now_us)
            if generation != self._generation:
                return
            cursor.advance(record.offset)
            if self._slices.is_over:
                await self._slices.rest()
                if generation != self._generation:
                    return
        self._metrics.records[tp.topic] += plan.stop - plan.start
        if plan.missing is not None and generation == self._generation:
            await self._close_gap(tp, cursor)

    async def read_again(self, tps: Sequence[TP]) -> None:
        """Fetch these partitions from where they are due, past what retention has deleted."""
        earliest = await self._reader().earliest_offsets(*tps)
        positions: dict[TP, int] = {}
        for tp in tps:
            if (cursor := self._cursors.get(tp)) is not None:
                self._note_lost(tp, cursor, earliest[tp])
                positions[tp] = cursor.next
        if positions:
            await self._reader().seek_wait(positions)

    async def revoke(self, revoked: Iterable[TP]) -> None:
        """Store what is open of partitions that another worker may take."""
        self._forget()
        await self._sink.release([(tp.topic, tp.partition) for tp in revoked])

    def stored_positions(self) -> dict[TP, int]:
        """Per assigned partition: the offset of the first record that is not stored."""
        written = self._sink.written
        return {tp: written.get((tp.topic, tp.partition), 0) for tp in self._cursors}

    def _forget(self) -> None:
        self._generation += 1
        self._cursors = {}

    async def _close_gap(self, tp: TP, cursor: Cursor) -> None:
        offset, at = self._sought.get(tp, (-1, 0.0))
        if offset == cursor.next and time.monotonic() - at < SEEK_AGAIN_S:
            return  # Fetched before the seek took effect.
        self._sought[tp] = (cursor.next, time.monotonic())
        self._metrics.gaps += 1
        await self.read_again([tp])

    def _note_lost(self, tp: TP, cursor: Cursor, earliest: int) -> None:
        lost = cursor.skip_deleted(earliest)
        if lost:
            self._metrics.lost_records += len(lost)
            log.error(
                "%s-%d: offsets %d..%d were deleted before they were stored",
                tp.topic,
                tp.partition,
                lost.start,
                lost.stop - 1,
            )
