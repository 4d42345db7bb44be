"""Checkpoints: the states of what changed, after the signals that they account for."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from processors.shell.emitter import Emitter
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.partition import Partition
from processors.shell.state import StateStore, SymbolState, SymbolStateError
from processors.shell.symbol import SymbolRunner


class Checkpointer:
    """Writes the states of what changed, after the signals that they account for."""

    IDLE_S: Final = 30.0
    """How often the state of a symbol without records is written to move its offsets on."""

    def __init__(
        self, shell: MarketShell, table: StateStore, emitter: Emitter, metrics: ShellMetrics
    ) -> None:
        self._shell = shell
        self._table = table
        self._emitter = emitter
        self._metrics = metrics
        self._idle_written_at = time.monotonic()

    async def write(self) -> None:
        """Make one checkpoint. Raises EmitError and StateWriteError.

        A symbol whose state cannot be made or does not fit is stopped; the others are written.
        """
        include_idle = time.monotonic() - self._idle_written_at >= self.IDLE_S
        if include_idle:
            self._idle_written_at = time.monotonic()
        states: list[tuple[Partition, SymbolRunner, SymbolState]] = []
        for partition in self._shell.partitions:
            for runner in list(partition.symbols.values()):
                if runner.changed or (include_idle and runner.fault is None):
                    state = self._snapshot(partition, runner)
                    if state is not None:
                        states.append((partition, runner, state))
                    await asyncio.sleep(0)
        await self._emitter.flush()
        for partition, runner, state in states:
            if partition.closed or runner.fault is not None:
                continue
            try:
                await self._table.write(runner.key, state)
            except SymbolStateError as error:
                self._shell.stop_symbol(runner, str(error))
            else:
                self._metrics.state_bytes = max(self._metrics.state_bytes, len(state.engine))
        self._metrics.checkpoints += 1
        self._metrics.checkpoint_at_s = time.monotonic()

    def _snapshot(self, partition: Partition, runner: SymbolRunner) -> SymbolState | None:
        try:
            return runner.snapshot(partition.number, partition.positions())
        except Exception as error:  # noqa: BLE001 - must stop its symbol alone
            self._shell.stop_symbol(runner, f"the state cannot be written: {error!r}")
            return None
