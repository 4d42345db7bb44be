"""Faults of the weight limit: 429, 418 and 403, caused by the client or by others."""

import asyncio
from dataclasses import replace
from typing import Literal

from pydantic import Field

from ingest.exchange.faults.base import Fault, FaultSpec, FaultStage, OneTimeAction, TimedSpec
from ingest.exchange.faults.seam import RestCall, RestReply


class Throttle(FaultSpec):
    """Answers 429 with Retry-After to every client; one that continues is banned with 418."""

    kind: Literal["throttle"] = "throttle"
    retry_after_s: float = Field(ge=1, le=3_600)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return OneTimeAction(lambda: stage.ledger.throttle(self.retry_after_s))


class Ban(FaultSpec):
    """Bans every address with 418, as after excess requests of another program behind it."""

    kind: Literal["ban"] = "ban"
    retry_after_s: float = Field(ge=1, le=3 * 86_400)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return OneTimeAction(lambda: stage.ledger.ban(self.retry_after_s))


class WeightElsewhere(FaultSpec):
    """Charges weight in this minute as if used by another program behind the same address."""

    kind: Literal["weight_elsewhere"] = "weight_elsewhere"
    weight: int = Field(ge=1)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return OneTimeAction(lambda: stage.ledger.spend_elsewhere(self.weight))


class Firewall(TimedSpec):
    """Answers 403 to every REST request, as the venue's firewall does, without Retry-After."""

    kind: Literal["firewall"] = "firewall"

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Firewall(self.duration_s)


class _Firewall(Fault):
    def __init__(self, duration_s: float) -> None:
        super().__init__()
        self._duration_s = duration_s

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        """Return the page of the firewall."""
        self.hits += 1
        return replace(reply, status=403, body=b"<html>Forbidden</html>", headers={})

    async def run(self) -> None:
        await asyncio.sleep(self._duration_s)
