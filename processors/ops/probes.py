"""Whether a restart would help the worker, and whether what it gives out now is good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from processors.faust_app.agents import AgentLife
from processors.faust_app.rewind import Rewinder
from processors.ops.lags import LagReader
from processors.ops.parts import Parts
from processors.ops.watch import Watch
from schemas.settings import WorkerSettings

AGENT_GONE_S: Final = 15.0
"""Faust starts a failed agent again within seconds, and after a rebalance."""
WATCH_GONE_S: Final = 60.0
"""Its rounds take a second, and some more while the broker does not answer."""
NAMED: Final = 3
"""Symbols or partitions that are named; of the others the number is told."""


class Probes:
    """Every answer is a list of reasons, one line each; an empty one says that all is well."""

    def __init__(
        self,
        settings: WorkerSettings,
        parts: Parts,
        lags: LagReader,
        watch: Watch,
        rewinder: Rewinder,
        agents: Sequence[AgentLife],
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._lags = lags
        self._watch = watch
        self._rewinder = rewinder
        self._agents = agents

    def unhealthy(self, *, is_started: bool) -> list[str]:
        """What only a restart cures. A start that takes long is none of it: `is_started` once
        partitions were assigned and their states are restored."""
        reasons = [
            f"Faust app {app.conf.id} crashed: {app.crash_reason!r}"
            for app in (self._parts.market_app, self._parts.store_app)
            if app.crashed
        ]
        if not is_started:
            return reasons
        reasons += [
            f"agent {agent.name} has not run for {agent.gone_s:.0f} s"
            for agent in self._agents
            if agent.gone_s > AGENT_GONE_S
        ]
        if self._watch.age_s > WATCH_GONE_S:
            reasons.append(f"the Faust watchdog has not run for {self._watch.age_s:.0f} s")
        return reasons

    async def unready(self, *, is_started: bool) -> list[str]:
        """Why signals or rows are missing, late or not to be relied upon at the moment."""
        if not is_started:
            return ["starting: partitions are not assigned or their states not restored yet"]
        reasons = self.unhealthy(is_started=True) + await self._behind()
        trouble = await self._parts.sink.trouble()
        if trouble is not None:
            reasons.append(trouble)
        if self._rewinder.is_due:
            reasons.append("signals were not acknowledged: rewinding to the last checkpoint")
        still = self._watch.standing_still()
        if still:
            reasons.append(f"stalled: {_named([f'{t}-{n}' for t, n in still])}")
        faults = self._parts.market_metrics.faults
        if faults:
            reasons.append(f"stopped by an engine failure: {_named(sorted(faults))}")
        missing = self._parts.market.missing_books
        if missing:
            reasons.append(f"books that are not in the log: {_named(missing)}")
        return reasons

    async def _behind(self) -> list[str]:
        try:
            lags = await self._lags.read()
        except LookupError as error:
            return [str(error)]
        if lags is None:
            return [
                "no partitions are assigned: a rebalance is running, "
                "or other workers have all of them"
            ]
        if lags.total > self._settings.ready_lag:
            return [f"{lags.total} records behind, more than worker.ready_lag"]
        return []


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
