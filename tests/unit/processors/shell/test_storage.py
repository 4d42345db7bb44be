"""The store's half of the shell: where it reads on, above all when a log has lost something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from faust.types import TP

from processors.shell.metrics import ShellMetrics
from processors.sink.store_shell import StoreShell

FLOW_0 = TP("signals.flow", 0)


@dataclass
class Store:
    """A store that remembers what it was given, and the log that it is fed from."""

    stored: dict[tuple[str, int], int] = field(default_factory=dict)
    begin: int = 0
    end: int = 1_000
    taken: list[int] = field(default_factory=list)
    restarted: list[tuple[str, int, int]] = field(default_factory=list)
    sought: list[Mapping[TP, int]] = field(default_factory=list)

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

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return dict.fromkeys(partitions, self.begin)

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        return dict.fromkeys(partitions, self.end)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self.sought.append(partitions)


@dataclass(frozen=True)
class Delivered:
    """A record as aiokafka delivers it."""

    offset: int
    value: bytes = b"{}"


class Reader:
    """The consumer's side of `Store`."""

    def __init__(self, store: Store) -> None:
        self.earliest_offsets = store.earliest_offsets
        self.highwaters = store.highwaters
        self.seek_wait = store.seek_wait

    def hold(self, tps: Sequence[TP]) -> None:
        """Never asked for."""

    def release(self, tps: Sequence[TP]) -> None:
        """Never asked for."""


def shell_of(store: Store, metrics: ShellMetrics) -> StoreShell:
    reader = Reader(store)
    return StoreShell(store, metrics, lambda: reader)


async def test_it_reads_on_behind_what_is_stored() -> None:
    store, metrics = Store(stored={("signals.flow", 0): 40}), ShellMetrics()
    shell = shell_of(store, metrics)
    assert await shell.resume(frozenset({FLOW_0})) == {FLOW_0: 40}
    await shell.process(FLOW_0, [Delivered(offset) for offset in range(38, 43)])
    assert store.taken == [40, 41, 42]
    assert metrics.duplicates_skipped == 2


async def test_a_log_that_lost_its_end_is_stored_again_from_its_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("processors.shell.reader.END_RETRY_S", 0.0)
    store, metrics = Store(stored={("signals.flow", 0): 40}, begin=3, end=30), ShellMetrics()
    shell = shell_of(store, metrics)
    assert await shell.resume(frozenset({FLOW_0})) == {FLOW_0: 3}
    assert metrics.shrunken_logs == 1
    assert store.restarted == [("signals.flow", 0, 3)]
    await shell.process(FLOW_0, [Delivered(3), Delivered(4)])
    assert store.taken == [3, 4], "not taken for stored"


async def test_what_was_deleted_is_counted_and_passed() -> None:
    store, metrics = Store(stored={("signals.flow", 0): 40}, begin=50), ShellMetrics()
    assert await shell_of(store, metrics).resume(frozenset({FLOW_0})) == {FLOW_0: 50}
    assert metrics.lost_records == 10


async def test_a_gap_is_read_again() -> None:
    store, metrics = Store(), ShellMetrics()
    shell = shell_of(store, metrics)
    await shell.resume(frozenset({FLOW_0}))
    await shell.process(FLOW_0, [Delivered(0), Delivered(5)])
    assert store.taken == [0]
    assert store.sought == [{FLOW_0: 1}]
    assert metrics.gaps == 1
