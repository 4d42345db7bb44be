"""The store's half of the shell: where it reads on, above all when a log has lost something."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from faust.types import TP

from processors.shell.metrics import ShellMetrics
from processors.sink.store_shell import StoreShell
from tests.support.processing.shell_reader import Delivered, RecordedReader

FLOW_0 = TP("signals.flow", 0)


@dataclass
class Store:
    """A store that remembers what it was given."""

    stored: dict[tuple[str, int], int] = field(default_factory=dict)
    taken: list[int] = field(default_factory=list)
    restarted: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def written(self) -> dict[tuple[str, int], int]:
        return self.stored

    async def offsets(self) -> dict[tuple[str, int], int]:
        return self.stored

    async def add(
        self, topic: str, partition: int, offset: int, value: bytes, received_us: int
    ) -> None:
        self.taken.append(offset)

    async def flush(self) -> None:
        return None

    def restart_at(self, topic: str, partition: int, next_offset: int) -> None:
        self.restarted.append((topic, partition, next_offset))

    async def release(self, partitions: Iterable[tuple[str, int]]) -> None:
        return None


def delivered(*offsets: int) -> list[Delivered]:
    return [Delivered("signals.flow", offset) for offset in offsets]


def shell_of(store: Store, metrics: ShellMetrics, reader: RecordedReader) -> StoreShell:
    return StoreShell(store, metrics, lambda: reader)


async def test_it_reads_on_behind_what_is_stored() -> None:
    store, metrics = Store(stored={("signals.flow", 0): 40}), ShellMetrics()
    shell = shell_of(store, metrics, RecordedReader())
    assert await shell.resume(frozenset({FLOW_0})) == {FLOW_0: 40}
    await shell.process(FLOW_0, delivered(*range(38, 43)))
    assert store.taken == [40, 41, 42]
    assert metrics.duplicates_skipped == 2


async def test_a_run_ends_where_its_partition_moves_away_in_the_middle() -> None:
    store, metrics = Store(), ShellMetrics()
    shell = shell_of(store, metrics, RecordedReader())
    await shell.resume(frozenset({FLOW_0}))
    taking = asyncio.create_task(shell.process(FLOW_0, delivered(0, 1, 2)))
    revoking = asyncio.create_task(shell.revoke([FLOW_0]))
    await asyncio.gather(taking, revoking)
    assert store.taken == [0], "others get the loop after the first record: a stretch begins"


async def test_a_log_that_lost_its_end_is_stored_again_from_its_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("processors.shell.reader.END_RETRY_S", 0.0)
    store, metrics = Store(stored={("signals.flow", 0): 40}), ShellMetrics()
    reader = RecordedReader(begins={FLOW_0: 3}, ends={FLOW_0: 30})
    shell = shell_of(store, metrics, reader)
    assert await shell.resume(frozenset({FLOW_0})) == {FLOW_0: 3}
    assert metrics.shrunken_logs == 1
    assert store.restarted == [("signals.flow", 0, 3)]
    await shell.process(FLOW_0, delivered(3, 4))
    assert store.taken == [3, 4], "not taken for stored"


async def test_what_was_deleted_is_counted_and_passed() -> None:
    store, metrics = Store(stored={("signals.flow", 0): 40}), ShellMetrics()
    shell = shell_of(store, metrics, RecordedReader(begins={FLOW_0: 50}))
    assert await shell.resume(frozenset({FLOW_0})) == {FLOW_0: 50}
    assert metrics.lost_records == 10


async def test_a_gap_is_read_again() -> None:
    store, metrics = Store(), ShellMetrics()
    reader = RecordedReader()
    shell = shell_of(store, metrics, reader)
    await shell.resume(frozenset({FLOW_0}))
    await shell.process(FLOW_0, delivered(0, 5))
    assert store.taken == [0]
    assert reader.sought == [{FLOW_0: 1}]
    assert metrics.gaps == 1
