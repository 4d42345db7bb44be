"""Checkpoints: the states of what changed, after the signals that they account for."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from processors.faust_app.state import StateTable, SymbolState
from processors.shell.emitter import Emitter
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.partition import Partition


class Checkpointer:
    """Writes the states of what changed, after the signals that they account for."""

    IDLE_S: Final = 30.0
    """How often the state of a symbol without records is written to move its offsets on."""

    def __init__(
        self, shell: MarketShell, table: StateTable, emitter: Emitter, metrics: ShellMetrics
    ) -> None:
        self._shell = shell
        self._table = table
        self._emitter = emitter
        self._metrics = metrics
        self._idle_written_at = time.monotonic()

    async def write(self) -> None:
        """Make one checkpoint. Raises EmitError and StateError."""
        include_idle = time.monotonic() - self._idle_written_at >= self.IDLE_S
        if include_idle:
            self._idle_written_at = time.monotonic()
        states: list[tuple[Partition, str, SymbolState]] = []
        for partition in self._shell.partitions:
            for key, runner in list(partition.symbols.items()):
                if runner.changed or (include_idle and runner.fault is None):
                    states.append(
                        (partition, key, runner.snapshot(partition.number, partition.positions()))
                    )
                    await asyncio.sleep(0)
        await self._emitter.flush()
        for partition, key, state in states:
            if not partition.closed:
                await self._table.write(key, state)
                self._metrics.state_bytes = max(self._metrics.state_bytes, len(state.engine))
        self._metrics.checkpoints += 1
        self._metrics.checkpoint_at_s = time.monotonic()
