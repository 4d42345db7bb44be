"""Faults of REST depth snapshots."""

import asyncio
from dataclasses import replace
from typing import Literal

from pydantic import Field

from ingest.exchange.dialect import DIALECTS
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.base import SYMBOL, CountedSpec, Fault, FaultStage
from ingest.exchange.faults.seam import RestCall, RestReply

DEPTH_PATHS = frozenset(dialect.depth_path for dialect in DIALECTS.values())
SNAPSHOT_LEVELS = 1_000


class SlowSnapshot(CountedSpec):
    """Delays snapshots."""

    kind: Literal["slow_snapshot"] = "slow_snapshot"
    delay_s: float = Field(gt=0, le=600)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Slow(self, self.delay_s)


class FailingSnapshot(CountedSpec):
    """Answers with a server error (5xx)."""

    kind: Literal["failing_snapshot"] = "failing_snapshot"
    status: int = Field(500, ge=500, le=599)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Failing(self, self.status)


class TruncatedSnapshot(CountedSpec):
    """Sends half of a snapshot."""

    kind: Literal["truncated_snapshot"] = "truncated_snapshot"
    how: Literal["body", "connection"] = "body"
    """A complete HTTP answer with half a JSON document, or a connection that breaks within the
    answer."""

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Truncated(self, self.how == "connection")


class OldSnapshot(CountedSpec):
    """Answers with the book as it was when the fault began."""

    kind: Literal["old_snapshot"] = "old_snapshot"
    symbol: str = Field(pattern=SYMBOL)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Old(self, stage)


class AlignedSnapshot(CountedSpec):
    """Answers with a snapshot whose `lastUpdateId` equals the `u` of a diff."""

    kind: Literal["aligned_snapshot"] = "aligned_snapshot"
    stream: str | None = Field("depth@100ms")

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Aligned(self, stage)


class _SnapshotFault(Fault):
    """Changes the next `count` snapshots of a symbol."""

    def __init__(self, spec: CountedSpec) -> None:
        super().__init__()
        self._spec = spec
        self._spent = asyncio.Event()

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        """Return the changed snapshot if the fault affects it."""
        spec = self._spec
        if (
            call.path not in DEPTH_PATHS
            or reply.status != 200
            or spec.symbol not in (None, call.symbol)
            or self.hits >= spec.count
        ):
            return reply
        self.hits += 1
        if self.hits == spec.count:
            self._spent.set()
        return await self._change(call, reply)

    async def run(self) -> None:
        """Return when the count is reached."""
        await self._spent.wait()

    async def _change(self, call: RestCall, reply: RestReply) -> RestReply:
        raise NotImplementedError


class _Slow(_SnapshotFault):
    def __init__(self, spec: CountedSpec, delay_s: float) -> None:
        super().__init__(spec)
        self._delay_s = delay_s

    async def _change(self, call: RestCall, reply: RestReply) -> RestReply:
        await asyncio.sleep(self._delay_s)
        return reply


class _Failing(_SnapshotFault):
    def __init__(self, spec: CountedSpec, status: int) -> None:
        super().__init__(spec)
        self._status = status

    async def _change(self, call: RestCall, reply: RestReply) -> RestReply:
        return replace(reply, status=self._status, body=b"<html>Internal error</html>")


class _Truncated(_SnapshotFault):
    def __init__(self, spec: CountedSpec, breaks: bool) -> None:
        super().__init__(spec)
        self._breaks = breaks

    async def _change(self, call: RestCall, reply: RestReply) -> RestReply:
        half = len(reply.body) // 2
        if self._breaks:
            return replace(reply, sent_bytes=half)
        return replace(reply, body=reply.body[:half])


class _Old(_SnapshotFault):
    def __init__(self, spec: OldSnapshot, stage: FaultStage) -> None:
        super().__init__(spec)
        self._symbol = spec.symbol
        self._source = stage.source
        self._body = b""

    async def run(self) -> None:
        self._body = await self._source.depth(self._symbol, SNAPSHOT_LEVELS)
        await super().run()

    async def _change(self, call: RestCall, reply: RestReply) -> RestReply:
        return replace(reply, body=self._body) if self._body else reply


class _Aligned(_SnapshotFault):
    def __init__(self, spec: AlignedSnapshot, stage: FaultStage) -> None:
        super().__init__(spec)
        self._market = stage.simulated(spec.kind)
        kind = spec.stream or "depth@100ms"
        intervals = stage.dialect.depth_intervals_ms
        if kind not in intervals:
            known = ", ".join(intervals)
            raise ExchangeError(
                f"fault {spec.kind}: stream {kind} is not a depth stream; give {known}"
            )
        self._interval_ms = intervals[kind]

    async def _change(self, call: RestCall, reply: RestReply) -> RestReply:
        await self._market.frame_boundary(call.symbol, self._interval_ms)
        return replace(reply, body=await self._market.depth(call.symbol, SNAPSHOT_LEVELS))
