"""Faults of single frames, and silent streams."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from ingest.exchange.dialect import DIALECTS
from ingest.exchange.faults.base import (
    CountedSpec,
    Fault,
    FaultStage,
    FrameFault,
    RoutedSpec,
    TimedSpec,
)
from ingest.exchange.streams import ExchangeRoute

UNKNOWN_FIELDS = b'{"st":2,"ps":{"list":[1,null,"x"],"e":"new"},'
"""Unknown fields put at the beginning of a payload."""


class Drop(CountedSpec):
    """Drops frames."""

    kind: Literal["drop"] = "drop"
    stream: str | None = "depth"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return FrameFault(self, lambda payload: ())


class Duplicate(CountedSpec):
    """Sends frames twice."""

    kind: Literal["duplicate"] = "duplicate"
    stream: str | None = "depth"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return FrameFault(self, lambda payload: (payload, payload))


class Reorder(CountedSpec):
    """Swaps a frame with the one that follows it."""

    kind: Literal["reorder"] = "reorder"
    stream: str | None = "depth"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Reordering(self)


class _Reordering(Fault):
    def __init__(self, spec: Reorder) -> None:
        super().__init__()
        self._spec = spec
        self._held: dict[tuple[int, str], bytes] = {}
        self._spent = asyncio.Event()

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        """Hold back the first of two frames and send it after the second."""
        held = self._held.pop((connection, stream), None)
        if held is not None:
            if self.hits == self._spec.count and not self._held:
                self._spent.set()
            return (payload, held)
        if self.hits == self._spec.count or not self._spec.concerns(stream):
            return (payload,)
        self.hits += 1
        self._held[connection, stream] = payload
        return ()

    async def run(self) -> None:
        """Return once every held-back frame was queued."""
        await self._spent.wait()


class UnknownFields(TimedSpec):
    """Adds unknown fields to payloads."""

    kind: Literal["unknown_fields"] = "unknown_fields"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return FrameFault(self, lambda payload: (with_unknown_fields(payload),))


class BigMessage(CountedSpec):
    """Sends an oversized frame."""

    kind: Literal["big_message"] = "big_message"
    stream: str | None = "depth"
    megabytes: float = Field(8.0, gt=0, le=64)
    shape: Literal["padded", "levels", "garbage"] = "padded"
    """Valid frame with a long unknown field; valid frame with very many levels; not JSON."""

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        size = int(self.megabytes * 1e6)
        change = {"padded": padded, "levels": with_many_levels, "garbage": garbage}[self.shape]
        return FrameFault(self, lambda payload: (change(payload, size),))


class InvalidUtf8(CountedSpec):
    """Sends frames that contain a byte that is invalid in UTF-8."""

    kind: Literal["invalid_utf8"] = "invalid_utf8"
    stream: str | None = "depth"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return FrameFault(self, lambda payload: (payload.replace(b'"e":"', b'"e":"\xff', 1),))


class SilentStream(TimedSpec):
    """Sends nothing on the affected streams, as in a market without events."""

    kind: Literal["silent_stream"] = "silent_stream"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return FrameFault(self, lambda payload: ())


class SilentRoute(RoutedSpec, TimedSpec):
    """Acknowledges subscriptions on a whole route and sends nothing there."""

    kind: Literal["silent_route"] = "silent_route"
    route: ExchangeRoute | None = ExchangeRoute.MARKET

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return FrameFault(self, lambda payload: ())

    def concerns(self, stream: str) -> bool:
        """Return whether the route carries the stream."""
        carriers = {dialect.route_of(stream) for dialect in DIALECTS.values()}
        return self.route in (None, *carriers) and super().concerns(stream)


def with_unknown_fields(payload: bytes) -> bytes:
    """Return the frame with unknown fields in front of the known ones."""
    return payload.replace(b'{"e":', UNKNOWN_FIELDS + b'"e":', 1)


def padded(payload: bytes, size: int) -> bytes:
    """Return the frame with an unknown field that makes it `size` bytes long."""
    return payload.replace(b'{"e":', b'{"pad":"' + b"x" * (size - len(payload)) + b'","e":', 1)


def with_many_levels(payload: bytes, size: int) -> bytes:
    """Return the depth frame with deletions of levels that do not exist, `size` bytes in all."""
    length = len(b'["0.00000001","0.000"],')
    count = max(1, (size - len(payload)) // length)
    levels = b",".join(b'["0.%08d","0.000"]' % number for number in range(1, count + 1))
    head, mark, tail = payload.partition(b'"b":[')
    comma = b"" if tail.startswith(b"]") else b","
    return head + mark + levels + comma + tail


def garbage(payload: bytes, size: int) -> bytes:
    """Return `size` bytes that start like the frame and never close its JSON."""
    head = payload.partition(b'"b":')[0] + b'"x":'
    return head + b"[" * max(0, size - len(head))
