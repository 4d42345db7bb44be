"""A venue clock that is off."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from pydantic import Field

from ingest.exchange.faults.base import Fault, FaultStage, FrameFault, TimedSpec
from ingest.exchange.faults.seam import RestCall, RestReply

_EVENT_TIME = re.compile(rb'"E":(\d+)')
_TIMES = re.compile(rb'"(E|T|time|serverTime)":(\d+)')
_NEXT_FUNDING = b'"e":"markPriceUpdate"'
"""In these payloads `T` is not a current time."""


class ClockSkew(TimedSpec):
    """Shifts the venue's times in frames and REST answers."""

    kind: Literal["clock_skew"] = "clock_skew"
    offset_ms: int = Field(ge=-86_400_000, le=86_400_000)
    """Above 0: the venue's clock is fast."""

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Skewed(self, lambda text: shifted(text, self.offset_ms))


class _Skewed(FrameFault):
    def __init__(self, spec: ClockSkew, shift: Callable[[bytes], bytes]) -> None:
        super().__init__(spec, lambda payload: (shift(payload),))
        self._symbol = spec.symbol
        self._shift = shift

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        """Shift the times of a REST answer."""
        if self._symbol not in (None, call.symbol):
            return reply
        self.hits += 1
        return replace(reply, body=self._shift(reply.body))


def shifted(text: bytes, offset_ms: int) -> bytes:
    """Return a payload with its times moved."""
    if _NEXT_FUNDING in text:
        return _EVENT_TIME.sub(lambda m: b'"E":%d' % (int(m[1]) + offset_ms), text)
    return _TIMES.sub(lambda m: b'"%b":%d' % (m[1], int(m[2]) + offset_ms), text)
