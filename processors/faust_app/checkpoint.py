"""Checkpoints: the states of what changed, after the signals that they account for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from processors.shell.emitter import Emitter
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.partition import Partition
from processors.shell.state import StateStore, SymbolState, SymbolStateError
from processors.shell.symbol import SymbolRunner

T = TypeVar("T")

AT_ONCE: Final = 64
"""States that are on their way to the broker together: one by one, hundreds of symbols would take
longer than the interval of checkpoints."""

MOST_SHARE: Final = 0.02
"""Of the time that states may take,"""
LONGEST_S: Final = 10.0
"""unless checkpoints would be rarer than this: a restart repeats what came since the last one."""


class Checkpointer:
    """Writes the states of what changed, after the signals that they account for."""

    IDLE_S: Final = 30.0
    """How often the state of a symbol with no records but heartbeats is written, to move its
    offsets on."""

    def __init__(
        self, shell: MarketShell, table: StateStore, emitter: Emitter, metrics: ShellMetrics
    ) -> None:
        self._shell = shell
        self._table = table
        self._emitter = emitter
        self._metrics = metrics
        self._idle_written_at = time.monotonic()
        self._took_s = 0.0
        """What making the states of the last checkpoint took."""

    def pause_s(self, interval_s: float) -> float:
        """Return how long to wait for the next checkpoint, where `interval_s` is asked for: longer
        where hundreds of states would take more than `MOST_SHARE` of the time."""
        return max(interval_s, min(LONGEST_S, self._took_s / MOST_SHARE))

    async def write(self) -> None:
        """Make one checkpoint. Raises EmitError and StateWriteError.

        A symbol whose state cannot be made or does not fit is stopped; the others are written.
        """
        include_idle = time.monotonic() - self._idle_written_at >= self.IDLE_S
        if include_idle:
            self._idle_written_at = time.monotonic()
        states: list[tuple[Partition, SymbolRunner, SymbolState]] = []
        self._took_s = 0.0
        for partition in self._shell.partitions:
            for runner in list(partition.symbols.values()):
                if runner.changed or (include_idle and runner.fault is None):
                    state = self._snapshot(partition, runner)
                    if state is not None:
                        states.append((partition, runner, state))
                    await asyncio.sleep(0)
        await self._emitter.flush()
        for batch in _batches(states):
            writes = (self._write(*written) for written in batch)
            for outcome in await asyncio.gather(*writes, return_exceptions=True):
                if outcome is not None:
                    raise outcome
        self._metrics.checkpoints += 1
        self._metrics.checkpoint_at_s = time.monotonic()

    async def _write(self, partition: Partition, runner: SymbolRunner, state: SymbolState) -> None:
        if partition.closed or runner.fault is not None:
            return
        try:
            await self._table.write(runner.key, state)
        except SymbolStateError as error:
            self._shell.stop_symbol(runner, str(error))
        else:
            self._metrics.state_bytes = max(self._metrics.state_bytes, len(state.engine))

    def _snapshot(self, partition: Partition, runner: SymbolRunner) -> SymbolState | None:
        began_s = time.perf_counter()
        try:
            return runner.snapshot(partition.number, partition.positions())
        except Exception as error:  # noqa: BLE001 - must stop its symbol alone
            self._shell.stop_symbol(runner, f"the state cannot be written: {error!r}")
            return None
        finally:
            self._took_s += time.perf_counter() - began_s


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
