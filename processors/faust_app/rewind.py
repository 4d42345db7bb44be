"""Checkpoints while all is well, and back to the last one when something was not acknowledged."""

from __future__ import annotations

import asyncio
import logging
from typing import NoReturn

import faust

from processors.faust_app.checkpoint import Checkpointer
from processors.faust_app.patience import patiently
from processors.faust_app.transport import consumer_of
from processors.shell.emitter import EmitError, Emitter
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.shell.state import StateWriteError

log = logging.getLogger(__name__)


class Rewinder:
    """Keeps the engines at a point from which the broker can carry on."""

    def __init__(
        self,
        app: faust.App,
        market: MarketShell,
        emitter: Emitter,
        checkpointer: Checkpointer,
        metrics: ShellMetrics,
    ) -> None:
        self._app = app
        self._market = market
        self._emitter = emitter
        self._checkpointer = checkpointer
        self._metrics = metrics
        self._broken = asyncio.Event()

    @property
    def is_due(self) -> bool:
        """Whether signals or states were not acknowledged and the engines have yet to go back."""
        return self._broken.is_set()

    def go_back(self, error: Exception) -> None:
        """Drop the engines; they are loaded again at the last checkpoint."""
        if not self._broken.is_set():
            log.error("rewinding to the last checkpoint: %s", error)
        self._market.drop()
        self._broken.set()

    async def write_checkpoints(self, interval_s: float) -> NoReturn:
        """Write a checkpoint every `interval_s`, where states are many more rarely, until
        cancelled."""
        while True:
            await asyncio.sleep(self._checkpointer.pause_s(interval_s))
            if self._broken.is_set():
                continue
            try:
                await self._checkpointer.write()
            except (EmitError, StateWriteError) as error:
                self.go_back(error)

    async def run(self) -> NoReturn:
        """Carry out what `go_back` asked for until cancelled."""
        while True:
            await self._broken.wait()
            self._metrics.rewinds += 1
            await patiently(self._emitter.restart)
            self._broken.clear()
            if not self._app.rebalancing:
                await patiently(consumer_of(self._app).perform_seek)
