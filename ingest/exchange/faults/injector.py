"""Carries faults out: starts each in its time, lets those under way see what is sent."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.base import Fault, FaultSpec, FaultStage, RoutedSpec
from ingest.exchange.faults.market import ListSymbol
from ingest.exchange.faults.scenario import Scenario
from ingest.exchange.faults.seam import Faults, NoFaults, RestCall, RestReply

MAX_REMEMBERED = 100
"""Faults whose ends are told; of more the oldest are forgotten."""


class FaultState(StrEnum):
    """Where in its life a fault is."""

    WAITING = "waiting"
    ACTIVE = "active"
    OVER = "over"


@dataclass(slots=True)
class _Entry:
    spec: FaultSpec
    fault: Fault | None
    """None when it is over."""
    hits: int = 0
    """How often it had struck when it ended."""
    state: FaultState = FaultState.WAITING
    frames: int = 0
    """Frames concerned that were sent while it waited."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)


class Injector:
    """All faults of one exchange; one after the other sees what is sent.

    Faults that wait for a number of frames begin with exactly the next frame.
    """

    def __init__(self, base: Faults | None = None) -> None:
        """`base` sees everything first."""
        self._base = base or NoFaults()
        self._entries: list[_Entry] = []
        self._counting: list[tuple[_Entry, Fault]] = []
        self._active: list[Fault] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def inject(self, scenario: Scenario, stage: FaultStage) -> None:
        """Take up faults; their times begin now. Raises ExchangeError, then none is taken up."""
        specs = scenario.scaled().faults
        listed = {spec.symbol for spec in specs if isinstance(spec, ListSymbol)}
        for spec in specs:
            if spec.symbol is not None and spec.symbol not in {*stage.source.symbols, *listed}:
                known = ", ".join(stage.source.symbols)
                raise ExchangeError(
                    f"fault {spec.kind}: no symbol {spec.symbol} here, only {known}"
                )
            routes = set(stage.dialect.roots.values())
            if isinstance(spec, RoutedSpec) and spec.route not in (None, *routes):
                known = ", ".join(sorted(routes))
                raise ExchangeError(f"fault {spec.kind}: no route {spec.route} here, only {known}")
        for fault, spec in [(spec.build(stage), spec) for spec in specs]:
            entry = _Entry(spec, fault)
            self._entries.append(entry)
            if spec.after_frames and not spec.after_s:
                self._counting.append((entry, fault))
            elif not spec.after_s:
                self._begin(entry, fault)
            task = asyncio.create_task(self._live(entry, fault))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def status(self) -> list[dict[str, Any]]:
        """Return every fault with its state and how often it has struck."""
        return [
            {
                "kind": entry.spec.kind,
                "symbol": entry.spec.symbol,
                "state": entry.state.value,
                "hits": entry.hits if entry.fault is None else entry.fault.hits,
            }
            for entry in self._entries
        ]

    async def close(self) -> None:
        """End all faults. Raises what a defect in one may have raised."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        """Return the frames to send in place of one."""
        parts = self._base.frame(connection, stream, payload)
        if self._counting:
            self._count(stream)
        for fault in self._active:
            parts = _through(fault, connection, stream, parts)
        return parts

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        """Return the answer to send in place of one."""
        reply = await self._base.rest(call, reply)
        for fault in tuple(self._active):
            reply = await fault.rest(call, reply)
        return reply

    def refusal(self) -> RestReply | None:
        """Return what everybody is refused with, if anything."""
        refusals = (fault.refusal() for fault in (self._base, *self._active))
        return next((refusal for refusal in refusals if refusal is not None), None)

    def _count(self, stream: str) -> None:
        for entry, fault in tuple(self._counting):
            if entry.spec.concerns(stream):
                if entry.frames >= entry.spec.after_frames:
                    self._counting.remove((entry, fault))
                    self._begin(entry, fault)
                    entry.enough.set()
                entry.frames += 1

    def _begin(self, entry: _Entry, fault: Fault) -> None:
        entry.state = FaultState.ACTIVE
        self._active.append(fault)

    async def _live(self, entry: _Entry, fault: Fault) -> None:
        spec = entry.spec
        if spec.after_s:
            await asyncio.sleep(spec.after_s)
            if spec.after_frames:
                self._counting.append((entry, fault))
            else:
                self._begin(entry, fault)
        if spec.after_frames:
            await entry.enough.wait()
        try:
            await fault.run()
        finally:
            self._active.remove(fault)
            entry.state, entry.hits, entry.fault = FaultState.OVER, fault.hits, None
            self._forget_old()

    def _forget_old(self) -> None:
        surplus = len(self._entries) - MAX_REMEMBERED
        over = [entry for entry in self._entries if entry.fault is None]
        for entry in over[: max(0, surplus)]:
            self._entries.remove(entry)


def _through(fault: Fault, connection: int, stream: str, parts: Iterable[bytes]) -> Sequence[bytes]:
    return [part for whole in parts for part in fault.frame(connection, stream, whole)]
