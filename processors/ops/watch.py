"""Watches the Faust apps: one that gave up, a broker that is away, partitions that stand still."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Final, NoReturn

import faust
from aiokafka.errors import KafkaError
from faust.types import TP

from processors.errors import WorkerError
from processors.faust_app.shrink import ShrinkDetector
from processors.faust_app.stall import StallDetector
from processors.faust_app.transport import consumer_of
from processors.shell.market import MarketShell
from processors.shell.metrics import ShellMetrics
from processors.sink.store_shell import StoreShell

log = logging.getLogger(__name__)

WATCH_S: Final = 1.0
ANSWER_S: Final = 5.0


class Watched:
    """One app with the shell that it feeds."""

    def __init__(
        self, app: faust.App, shell: MarketShell | StoreShell, metrics: ShellMetrics
    ) -> None:
        self.app = app
        self._shell = shell
        self._metrics = metrics
        self._detector = StallDetector()
        self._shrink_detector = ShrinkDetector()
        self._stood_at: dict[TP, int] = {}

    def standing_still(self) -> list[TP]:
        """Return the partitions that stalled and have not moved since."""
        reached = self._shell.positions()
        return sorted(tp for tp, at in self._stood_at.items() if reached.get(tp) == at)

    async def look(self, now_s: float) -> None:
        """Fetch again what stands still although its log has more, and go back where a log ends
        before what was read of it; `now_s` is a steady clock.
        """
        consumer = consumer_of(self.app)
        if not self._shell.positions() and consumer.assignment():
            # Neither broker nor store answered in time at the end of the rebalance.
            await consumer.perform_seek()
        positions = self._shell.positions()
        reading = {tp: at for tp, at in positions.items() if tp not in consumer.held}
        if not reading:
            return
        ends = await consumer.highwaters(*reading)
        shrunken = self._shrink_detector.shrunken(reading, ends)
        if shrunken:
            log.error("logs lost their tail: %s; continuing from what they still hold", shrunken)
            await consumer.perform_seek()
            return
        stalled = self._detector.stalled(now_s, reading, ends)
        self._stood_at = {tp: self._stood_at[tp] for tp in self.standing_still()} | stalled
        if stalled:
            self._metrics.stalls += len(stalled)
            log.warning("stalled, seeking back: %s", stalled)
            await self._shell.read_again(list(stalled))


class Watch:
    """Looks after all apps of the worker once a second."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        self._watched = tuple(watched)
        self._answers = True
        self._looked_s = time.monotonic()

    @property
    def age_s(self) -> float:
        """Seconds since it last went round."""
        return time.monotonic() - self._looked_s

    def standing_still(self) -> list[TP]:
        """Return the partitions that stalled and have not moved since."""
        return [tp for watched in self._watched for tp in watched.standing_still()]

    async def run(self) -> NoReturn:
        """Watch until cancelled. Raises WorkerError when Faust gave up."""
        while True:
            await asyncio.sleep(WATCH_S)
            for watched in self._watched:
                app = watched.app
                if app.crashed:
                    raise WorkerError(f"Faust app {app.conf.id} crashed: {app.crash_reason!r}")
                if not app.rebalancing:
                    await self._look(watched)
            self._looked_s = time.monotonic()

    async def _look(self, watched: Watched) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                await watched.look(time.monotonic())
        except (KafkaError, TimeoutError) as error:
            if self._answers:
                log.warning("Kafka does not answer (%r); retrying", error)
            self._answers = False
        else:
            if not self._answers:
                log.warning("Kafka answers again")
            self._answers = True
