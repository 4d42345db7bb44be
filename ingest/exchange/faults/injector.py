"""Runs faults: starts each at its time and passes outgoing data through the running ones."""

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
"""Finished faults kept in the status; the oldest are dropped beyond that."""


class FaultState(StrEnum):
    """State of a fault's life cycle."""

    WAITING = "waiting"
    ACTIVE = "active"
    OVER = "over"


@dataclass(slots=True)
class _Entry:
    spec: FaultSpec
    fault: Fault | None
    """None once it has ended."""
    final_hits: int = 0
    """Times it had taken effect when it ended."""
    state: FaultState = FaultState.WAITING
    frames: int = 0
    """Matching frames sent while it was waiting."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)


class Injector:
    """All faults of one exchange, applied one after the other to outgoing data.

    A fault that waits for a number of frames affects exactly the next one.
    """

    def __init__(self, base: Faults | None = None) -> None:
        """`base` is applied first."""
        self._base = base or NoFaults()
        self._entries: list[_Entry] = []
        self._counting: list[tuple[_Entry, Fault]] = []
        self._active: list[Fault] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def inject(self, scenario: Scenario, stage: FaultStage) -> None:
        """Add faults; their times begin now. Raises ExchangeError; then none is added."""
        specs = scenario.scaled().faults
        listed = {spec.symbol for spec in specs if isinstance(spec, ListSymbol)}
        for spec in specs:
            if spec.symbol is not None and spec.symbol not in {*stage.source.symbols, *listed}:
                known = ", ".join(stage.source.symbols)
                raise ExchangeError(
                    f"fault {spec.kind}: unknown symbol {spec.symbol}; this exchange has {known}"
                )
            routes = set(stage.dialect.roots.values())
            if isinstance(spec, RoutedSpec) and spec.route not in (None, *routes):
                known = ", ".join(sorted(routes))
                raise ExchangeError(
                    f"fault {spec.kind}: unknown route {spec.route}; this exchange has {known}"
                )
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
        """Return every fault with its state and how often it took effect."""
        return [
            {
                "kind": entry.spec.kind,
                "symbol": entry.spec.symbol,
                "state": entry.state.value,
                "hits": entry.final_hits if entry.fault is None else entry.fault.hits,
            }
            for entry in self._entries
        ]

    async def close(self) -> None:
        """End all faults. Re-raises the error of one that failed."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        """Return the frames to send instead of `payload`."""
        parts = self._base.frame(connection, stream, payload)
        if self._counting:
            self._count(stream)
        for fault in self._active:
            parts = _through(fault, connection, stream, parts)
        return parts

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        """Return the answer to send instead of `reply`."""
        reply = await self._base.rest(call, reply)
        for fault in tuple(self._active):
            reply = await fault.rest(call, reply)
        return reply

    def refusal(self) -> RestReply | None:
        """Return the answer for all requests, None if they are served."""
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
            entry.state, entry.final_hits, entry.fault = FaultState.OVER, fault.hits, None
            self._forget_old()

    def _forget_old(self) -> None:
        surplus = len(self._entries) - MAX_REMEMBERED
        over = [entry for entry in self._entries if entry.fault is None]
        for entry in over[: max(0, surplus)]:
            self._entries.remove(entry)


def _through(fault: Fault, connection: int, stream: str, parts: Iterable[bytes]) -> Sequence[bytes]:
    return [part for whole in parts for part in fault.frame(connection, stream, whole)]
