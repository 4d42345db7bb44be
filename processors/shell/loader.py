"""Takes partitions over: loads their states and tells what their log has lost."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from faust.types import TP

from processors.shell.exact import Cursor, resume_offset
from processors.shell.metrics import ShellMetrics
from processors.shell.outlet import Outlet
from processors.shell.partition import Partition
from processors.shell.reader import PartitionReader, shrunken_logs
from processors.shell.state import StateStore, StateWriteError
from processors.shell.symbol import EngineFactory, SymbolRunner
from schemas.market import StreamState
from schemas.record import split_key
from schemas.topics import DEPTH

log = logging.getLogger(__name__)


class PartitionLoader:
    """Makes partitions out of the state table."""

    def __init__(
        self, factory: EngineFactory, table: StateStore, outlet: Outlet, metrics: ShellMetrics
    ) -> None:
        self._factory = factory
        self._table = table
        self._outlet = outlet
        self._metrics = metrics

    async def load(
        self, assigned: frozenset[TP], reader: PartitionReader
    ) -> tuple[dict[int, Partition], dict[TP, int]]:
        """Return the assigned partitions by number, and where each topic resumes.

        A symbol whose state cannot be read is stopped. Raises ConnectionError when the broker does
        not acknowledge the states of engines that start anew.
        """
        earliest = await reader.earliest_offsets(*assigned)
        loaded = {
            number: self._load(number, {tp for tp in assigned if tp.partition == number}, earliest)
            for number in sorted({tp.partition for tp in assigned})
        }
        due = {
            TP(topic, number): offset
            for number, partition in loaded.items()
            for topic, offset in partition.positions().items()
        }
        anew: set[int] = set()
        for tp, end in (await shrunken_logs(reader, due)).items():
            self._start_anew(loaded[tp.partition], tp.topic, end)
            due[tp] = end
            anew.add(tp.partition)
        for number in sorted(anew):
            await self._write_all(loaded[number])
        return loaded, due

    def skip_deleted(self, partition: Partition, topic: str, earliest: int) -> None:
        """Move past what retention has deleted, and tell the symbols that still needed it."""
        lost = partition.cursors[topic].skip_deleted(earliest)
        if not lost:
            return
        self._metrics.lost_records += len(lost)
        reason = f"offsets {lost.start}..{lost.stop - 1} were deleted before they were read"
        log.error("%s-%d: %s", topic, partition.number, reason)
        for runner in partition.symbols.values():
            if runner.has_applied(topic, lost.stop - 1):
                continue  # Another symbol had not come as far.
            if topic == DEPTH.name:
                runner.depth_lost()
            self._outlet.stream_state(runner.key, topic, StreamState.GAP, reason)

    def _load(self, number: int, tps: set[TP], earliest: Mapping[TP, int]) -> Partition:
        states = self._table.of_partition(number)
        offsets = [state.resume for state in states.readable.values()]
        partition = Partition(
            number,
            {
                tp.topic: Cursor(resume_offset(offsets, tp.topic, earliest[tp]))
                for tp in sorted(tps)
            },
        )
        for key, state in states.readable.items():
            partition.symbols[key] = SymbolRunner.restore(key, state, self._factory)
        for key, reason in states.unreadable.items():
            partition.symbols[key] = SymbolRunner.stopped(
                key, reason, partition.positions(), self._factory
            )
        for tp in sorted(tps):
            self.skip_deleted(partition, tp.topic, earliest[tp])
        return partition

    async def _write_all(self, partition: Partition) -> None:
        """Replace the states that know of lost records, before anything can go back to them.

        By then the log might have grown past their offsets, and new records would pass for old.
        """
        for key, runner in partition.symbols.items():
            state = runner.snapshot(partition.number, partition.positions())
            try:
                await self._table.write(key, state)
            except StateWriteError as error:
                raise ConnectionError(str(error)) from error

    def _start_anew(self, partition: Partition, topic: str, end: int) -> None:
        """Give up engines that know of more records than the log has.

        New records will carry offsets that such an engine takes for applied.
        """
        partition.cursors[topic].next = end
        reason = f"the log ends at {end}, before the applied offset: its tail was lost"
        log.error("%s-%d: %s; its engines are reset", topic, partition.number, reason)
        self._metrics.shrunken_logs += 1
        for key in partition.symbols:
            venue, symbol = split_key(key)
            partition.symbols[key] = SymbolRunner(
                key, self._factory.create(venue, symbol), partition.positions()
            )
            self._outlet.stream_state(key, topic, StreamState.GAP, reason)
