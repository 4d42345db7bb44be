"""The market agent's work: runs of raw records in, engine steps, signals out.

Everything here happens in one task per worker, so an engine is never entered twice. The only other
task that touches it is the checkpoint, between two records.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from faust.types import TP
from pydantic import ValidationError

from processors.shell.crowd import Crowd
from processors.shell.emitter import Emitter
from processors.shell.exact import topics_to_hold
from processors.shell.loader import PartitionLoader
from processors.shell.metrics import ShellMetrics
from processors.shell.missing_books import MissingBooks
from processors.shell.outlet import Outlet, place_of
from processors.shell.partition import Partition
from processors.shell.reader import SEEK_AGAIN_S, PartitionReader
from processors.shell.slices import Slices
from processors.shell.state import StateStore
from processors.shell.symbol import EngineFactory, EngineInput, SymbolRunner
from schemas.kafka.value_reader import value_reader
from schemas.market import StreamState
from schemas.record import split_key, symbol_key
from schemas.settings.change import EVERY_SYMBOL
from schemas.topics import DEPTH, ENGINE_INPUTS, PULSES

log = logging.getLogger(__name__)

SLICE_S: Final = 0.01
"""Longest stretch of engine work before other tasks get the loop. With half of it a record costs
2 % more: signals leave in smaller batches."""
INPUTS: Final = (*ENGINE_INPUTS, PULSES)
"""What the engines read: the raw records of a symbol, and of a coin the pulses of its markets."""
INPUT_NAMES: Final = tuple(topic.name for topic in INPUTS)
_READERS: Final = {topic.name: value_reader(topic) for topic in INPUTS}


class MarketShell:
    """Owns the engines of the assigned partitions."""

    def __init__(
        self,
        factory: EngineFactory,
        table: StateStore,
        emitter: Emitter,
        metrics: ShellMetrics,
        reader: Callable[[], PartitionReader],
        max_ahead: int,
        max_symbols: int,
    ) -> None:
        self._factory = factory
        self._table = table
        self._emitter = emitter
        self._metrics = metrics
        self._reader = reader
        self._max_ahead = max_ahead
        self._outlet = Outlet(emitter, metrics)
        self._crowd = Crowd(max_symbols, self._outlet, metrics)
        self._loader = PartitionLoader(factory, table, self._outlet, metrics)
        self._missing_books = MissingBooks()
        self._partitions: dict[int, Partition] = {}
        self._slices = Slices(SLICE_S)

    @property
    def partitions(self) -> list[Partition]:
        """The loaded partitions by number."""
        return [self._partitions[number] for number in sorted(self._partitions)]

    def positions(self) -> dict[TP, int]:
        """Per assigned topic partition: the offset that is due next."""
        return {
            TP(topic, partition.number): cursor.next
            for partition in self.partitions
            for topic, cursor in partition.cursors.items()
        }

    def waiting(self) -> dict[str, int]:
        """Per topic: records that wait in the engines for another stream."""
        total: Counter[str] = Counter()
        for partition in self.partitions:
            for runner in partition.symbols.values():
                total.update(runner.pending())
        return dict(sorted(total.items()))

    @property
    def _engines(self) -> int:
        return sum(len(partition.symbols) for partition in self._partitions.values())

    def drop(self) -> None:
        """Forget all engines. Their states stay in the table."""
        for partition in self._partitions.values():
            partition.close()
        self._partitions = {}

    async def resume(self, assigned: frozenset[TP]) -> Mapping[TP, int]:
        """Load the states of the assigned partitions and return where each topic resumes.

        Called once the table is recovered, before the first record. A symbol whose state cannot be
        read is stopped.
        """
        self.drop()
        loaded, due = await self._loader.load(assigned, self._reader())
        self._partitions = loaded
        for partition in loaded.values():
            for runner in partition.symbols.values():
                if runner.fault is not None:
                    self.stop_symbol(runner, runner.fault)
        return due

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Apply what is new in a delivered run. Raises EmitError and StateWriteError."""
        partition = self._partitions.get(tp.partition)
        if partition is None or tp.topic not in partition.cursors:
            return  # Delivered for an assignment that is over; the new one seeks by itself.
        cursor = partition.cursors[tp.topic]
        plan = cursor.plan([record.offset for record in records])
        self._metrics.duplicates_skipped += plan.start
        for record in records[plan.start : plan.stop]:
            unseen = self._take(partition, tp.topic, record)
            if unseen is not None:
                await self._first_sight(partition, unseen)
                if partition.closed:
                    return
                self._take(partition, tp.topic, record)
            cursor.advance(record.offset)
            if self._slices.is_over:
                await self._slices.rest()
                await self._emitter.capacity()
                if partition.closed:
                    return
        self._balance(partition)
        if plan.missing is not None:
            await self._close_gap(partition, tp, plan.missing)

    async def read_again(self, tps: Sequence[TP]) -> None:
        """Fetch these partitions from where they are due, past what retention has deleted."""
        earliest = await self._reader().earliest_offsets(*tps)
        positions: dict[TP, int] = {}
        for tp in tps:
            partition = self._partitions.get(tp.partition)
            if partition is not None and tp.topic in partition.cursors:
                self._loader.skip_deleted(partition, tp.topic, earliest[tp])
                positions[tp] = partition.cursors[tp.topic].next
        if positions:
            await self._reader().seek_wait(positions)

    def _take(self, partition: Partition, topic: str, record: Any) -> EngineInput | None:
        """Apply a record. One of a symbol that has no engine yet is returned instead: it has to be
        made before."""
        # What is not UTF-8 equals no key of a value, which holds no surrogates.
        key = record.key.decode("utf-8", "surrogateescape") if record.key else ""
        runner = partition.symbols.get(key)
        if runner is not None and runner.has_applied(topic, record.offset):
            self._metrics.duplicates_skipped += 1
            return None
        try:
            value: EngineInput = _READERS[topic](record.value or b"")
        except ValidationError as error:
            self._outlet.dead_letter(record, f"not a valid record: {_first_line(error)}")
            return None
        if key != value.key:
            self._outlet.dead_letter(record, f"the key is not {value.key}, the key of its value")
            return None
        if runner is None:
            if self._crowd.has_room(self._engines):
                return value
            self._crowd.refuse(record, value.key)
            return None
        if runner.fault is not None:
            self._metrics.faulted_records += 1
            return None
        partition.was_fed(runner)
        try:
            signals = runner.apply(topic, value, record.offset)
            pulses = runner.take_pulses()
        except Exception as error:  # noqa: BLE001 - an engine fault must stop its symbol alone
            self._fault(runner, record, error)
            return None
        self._metrics.records[topic] += 1
        self._metrics.repeated_trades += runner.take_repeated()
        refused = runner.take_refusals()
        for refusal in refused:
            self._outlet.refused(topic, record.partition, refusal)
        if not refused or record.offset not in {refusal.offset for refusal in refused}:
            runner.figures.note_record(topic, value, self._metrics)
        for signal in signals:
            runner.figures.note_signal(signal, self._metrics)
            self._outlet.signal(signal)
        for pulse in pulses:
            self._outlet.pulse(pulse)
        return None

    async def _first_sight(self, partition: Partition, value: EngineInput) -> None:
        positions = partition.positions()
        engine = self._factory.create(*split_key(value.key))
        runner = SymbolRunner(value.key, engine, positions)
        # Acknowledged before the first record is applied: see processors.shell.exact.
        await self._table.write(value.key, runner.snapshot(partition.number, positions))
        partition.symbols[value.key] = runner

    def _fault(self, runner: SymbolRunner, record: Any, error: Exception) -> None:
        """Stop one symbol whose engine failed.

        A step that was broken off may have left the engine in a state that no log produces, so
        nothing more may come from it. Its last stored state stays: a repaired version resumes
        there and makes good what was passed over.
        """
        reason = f"engine failed: {error!r}"
        log.error("%s failed at %s", runner.key, place_of(record), exc_info=error)
        self._outlet.dead_letter(record, reason)
        self.stop_symbol(runner, reason)

    def stop_symbol(self, runner: SymbolRunner, reason: str) -> None:
        """Pass over one symbol from now on; its last stored state stays. The others go on."""
        runner.stop(reason)
        self._metrics.faults[runner.key] = reason
        log.error("%s stopped: %s", runner.key, reason)
        self._outlet.stream_state(runner.key, "engine", StreamState.DOWN, reason)

    @property
    def missing_books(self) -> list[str]:
        """The symbols whose books were told missing and are not back yet, by name."""
        return self._missing_books.told

    def tell_missing_books(self, now_s: float) -> None:
        """Tell ingest which books it publishes in vain, at `now_s` of the monotonic clock: it then
        publishes a snapshot."""
        runners = {
            key: runner
            for partition in self.partitions
            for key, runner in partition.symbols.items()
        }
        missing = {
            key: time
            for key, runner in runners.items()
            if (time := runner.book_missing_at()) is not None
        }
        told = self._missing_books.look(missing, runners, now_s)
        for key, time in told.missing.items():
            reason = "the log goes on and there is no book: a snapshot is needed"
            log.warning("%s: %s", key, reason)
            self._outlet.stream_state(key, DEPTH.name, StreamState.RESYNC, reason, time)
        for key in told.back:
            self._outlet.stream_state(key, DEPTH.name, StreamState.UP, "the book is back")

    def change_settings(self, venue: str, symbol: str) -> None:
        """Pass a change on to the engine of a symbol; `*` means all of the venue."""
        for partition in self.partitions:
            for runner in partition.symbols.values():
                if runner.key == symbol_key(venue, symbol) or (
                    symbol == EVERY_SYMBOL and runner.key.startswith(symbol_key(venue, ""))
                ):
                    self._change_runner(runner)

    def _change_runner(self, runner: SymbolRunner) -> None:
        if runner.fault is not None:
            return
        try:
            runner.change_settings(self._factory)
        except Exception as error:  # noqa: BLE001 - an engine fault must stop its symbol alone
            self.stop_symbol(runner, f"engine failed on changed settings: {error!r}")

    def dead_letter(self, record: Any, reason: str) -> None:
        """Put a record aside with its bytes and the reason."""
        self._outlet.dead_letter(record, reason)

    async def _close_gap(self, partition: Partition, tp: TP, missing: range) -> None:
        cursor = partition.cursors[tp.topic]
        offset, at = partition.sought.get(tp.topic, (-1, 0.0))
        if offset == cursor.next and time.monotonic() - at < SEEK_AGAIN_S:
            return  # Fetched before the seek took effect.
        partition.sought[tp.topic] = (cursor.next, time.monotonic())
        self._metrics.gaps += 1
        log.info("%s: offsets %d..%d missing, seeking back", tp, missing.start, missing.stop - 1)
        await self.read_again([tp])

    def _balance(self, partition: Partition) -> None:
        """Stop reading topics that run too far ahead, and go on with those that do not."""
        hold = set[str]()
        if partition.is_ahead(self._max_ahead):
            hold = topics_to_hold(
                (runner.pending() for runner in partition.symbols.values()),
                tuple(partition.cursors),
                self._max_ahead,
            )
        held = partition.hold(hold)
        if hold == held:
            return
        reader = self._reader()
        reader.hold([TP(topic, partition.number) for topic in sorted(hold - held)])
        reader.release([TP(topic, partition.number) for topic in sorted(held - hold)])


def _first_line(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
