"""Faults of connections: closed, cut, half-open, or carrying no data."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from ingest.exchange.client import Client
from ingest.exchange.faults.base import (
    Fault,
    FaultStage,
    FrameFault,
    OneTimeAction,
    RoutedSpec,
    TimedSpec,
)
from ingest.exchange.hub import CLOSE_GOING_AWAY


class Close(RoutedSpec):
    """Closes the affected connections with a close frame."""

    kind: Literal["close"] = "close"
    code: int = Field(CLOSE_GOING_AWAY, ge=1000, le=4999)
    reason: str = Field("server restarts", max_length=100)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return OneTimeAction(lambda: self._close(stage))

    def _close(self, stage: FaultStage) -> None:
        for client in self.clients(stage.hub, self.route):
            client.close(self.code, self.reason)


class Cut(RoutedSpec):
    """Aborts the affected connections without a close frame."""

    kind: Literal["cut"] = "cut"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return OneTimeAction(lambda: self._cut(stage))

    def _cut(self, stage: FaultStage) -> None:
        for client in self.clients(stage.hub, self.route):
            client.cut()


class HalfOpen(RoutedSpec, TimedSpec):
    """Affected connections neither send nor read, like a half-open TCP connection.

    Only those open when it begins; at its end they are cut.
    """

    kind: Literal["half_open"] = "half_open"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _HalfOpen(self, stage)


class OnlyPings(RoutedSpec, TimedSpec):
    """Affected connections carry the server's pings but no data."""

    kind: Literal["only_pings"] = "only_pings"
    interval_s: float = Field(180.0, gt=0)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _OnlyPings(self, stage)


class Lifetime(RoutedSpec, TimedSpec):
    """Closes every connection at a maximum age, as the venue does after 24 h."""

    kind: Literal["lifetime"] = "lifetime"
    age_s: float = Field(86_400.0, gt=0)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Lifetime(self, stage)


class _HalfOpen(Fault):
    def __init__(self, spec: HalfOpen, stage: FaultStage) -> None:
        super().__init__()
        self._spec = spec
        self._hub = stage.hub

    async def run(self) -> None:
        frozen = self._spec.clients(self._hub, self._spec.route)
        for client in frozen:
            client.freeze()
        self.hits = len(frozen)
        try:
            await asyncio.sleep(self._spec.duration_s)
        finally:
            for client in frozen:
                client.cut()


class _OnlyPings(FrameFault):
    def __init__(self, spec: OnlyPings, stage: FaultStage) -> None:
        super().__init__(spec, lambda payload: ())
        self._pings = spec
        self._hub = stage.hub
        self._hit: frozenset[int] = frozenset()

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        """Drop every frame of these connections."""
        if connection not in self._hit:
            return (payload,)
        self.hits += 1
        return ()

    async def run(self) -> None:
        clients = self._pings.clients(self._hub, self._pings.route)
        self._hit = frozenset(client.number for client in clients)
        async with asyncio.TaskGroup() as group:
            pinging = [group.create_task(self._ping(client)) for client in clients]
            await asyncio.sleep(self._pings.duration_s)
            for task in pinging:
                task.cancel()

    async def _ping(self, client: Client) -> None:
        while client.number in self._hub.clients:
            try:
                await client.ping()
            except ConnectionError:
                return
            await asyncio.sleep(self._pings.interval_s)


class _Lifetime(Fault):
    def __init__(self, spec: Lifetime, stage: FaultStage) -> None:
        super().__init__()
        self._spec = spec
        self._hub = stage.hub

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        end_s = clock() + self._spec.duration_s
        while (now_s := clock()) < end_s:
            due_s = end_s
            for client in self._spec.clients(self._hub, self._spec.route):
                if client.is_closing:
                    continue
                old_s = client.opened_s + self._spec.age_s
                if old_s <= now_s:
                    client.close(CLOSE_GOING_AWAY, "connection lifetime")
                    self.hits += 1
                else:
                    due_s = min(due_s, old_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due_s - clock())):
                    await self._hub.changed()
