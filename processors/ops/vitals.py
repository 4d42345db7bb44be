"""How the worker is: its status for the page, its metrics, its probes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from processors.faust_app.agents import AgentLife
from processors.faust_app.rewind import Rewinder
from processors.ops.exposition import WorkerMetrics
from processors.ops.lags import LagReader, Lags
from processors.ops.parts import Parts
from processors.ops.probes import Probes
from processors.ops.status import StatusReporter
from processors.ops.watch import Watch
from schemas.settings import Settings
from schemas.status import PipelineStatus


class Vitals:
    """Everything that others may ask of a worker."""

    def __init__(
        self,
        settings: Settings,
        parts: Parts,
        watch: Watch,
        rewinder: Rewinder,
        agents: Sequence[AgentLife],
    ) -> None:
        self._started = False
        self._lags = LagReader(parts)
        self._status = StatusReporter(parts, settings.web.stack_pid)
        self._metrics = WorkerMetrics(parts)
        self._probes = Probes(settings.worker, parts, self._lags, watch, rewinder, agents)

    def note_start(self) -> None:
        """Partitions are assigned and their states restored."""
        self._started = True

    def note_end(self) -> None:
        """The worker is about to stop."""
        self._started = False
        self._lags.close()

    async def status(self) -> PipelineStatus:
        """Return the report for `/api/v1/pipeline/status`."""
        return self._status.report(await self._known_lags())

    async def metrics(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return self._metrics.text(await self._known_lags())

    async def unhealthy(self) -> list[str]:
        """Return what only a restart cures, one line each."""
        return self._probes.unhealthy(is_started=self._started)

    async def unready(self) -> list[str]:
        """Return why what the worker gives out now is not good, one line each."""
        return await self._probes.unready(is_started=self._started)

    async def watch_loop(self) -> NoReturn:
        """Measure the event loop's lag until cancelled."""
        await self._metrics.loop_lag.measure()

    async def _known_lags(self) -> Lags | None:
        return await self._lags.known() if self._started else None
