"""Events of the market: bursts, listings, delistings, maintenance."""

import asyncio
from typing import Literal

import msgspec
from pydantic import Field

from ingest.exchange.faults.base import (
    SYMBOL,
    Fault,
    FaultSpec,
    FaultStage,
    OneTimeAction,
    TimedSpec,
)
from ingest.exchange.faults.seam import RestReply
from ingest.exchange.hub import Hub
from ingest.exchange.source import SimulatedMarket

CLOSE_MAINTENANCE = 1012
"""Service restart."""


class Burst(TimedSpec):
    """Multiplies the activity in a symbol's market."""

    kind: Literal["burst"] = "burst"
    symbol: str = Field(pattern=SYMBOL)
    factor: float = Field(20.0, gt=1, le=100)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Burst(self, stage.simulated(self.kind))


class Delist(FaultSpec):
    """Ends the trading of a symbol."""

    kind: Literal["delist"] = "delist"
    symbol: str = Field(pattern=SYMBOL)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        market = stage.simulated(self.kind)
        return OneTimeAction(lambda: market.delist(self.symbol))


class ListSymbol(FaultSpec):
    """Lists a new symbol."""

    kind: Literal["list"] = "list"
    symbol: str = Field(pattern=SYMBOL)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        market = stage.simulated(self.kind)
        market.check_symbol(self.symbol)
        return OneTimeAction(lambda: market.list_symbol(self.symbol))


class Maintenance(TimedSpec):
    """Closes every connection and refuses all requests; the market continues meanwhile."""

    kind: Literal["maintenance"] = "maintenance"
    duration_s: float = Field(600.0, gt=0, le=86_400)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _Maintenance(self.duration_s, stage.hub)


class _Burst(Fault):
    def __init__(self, spec: Burst, market: SimulatedMarket) -> None:
        super().__init__()
        self._spec = spec
        self._market = market

    async def run(self) -> None:
        symbol = self._spec.symbol
        self._market.set_activity(symbol, self._spec.factor)
        self.hits += 1
        try:
            await asyncio.sleep(self._spec.duration_s)
        finally:
            self._market.set_activity(symbol, 1.0)


class _Maintenance(Fault):
    def __init__(self, duration_s: float, hub: Hub) -> None:
        super().__init__()
        self._duration_s = duration_s
        self._hub = hub

    def refusal(self) -> RestReply | None:
        """Refuse all requests."""
        self.hits += 1
        body = msgspec.json.encode({"code": -1016, "msg": "This service is no longer available."})
        return RestReply(503, body)

    async def run(self) -> None:
        for client in tuple(self._hub.clients.values()):
            client.close(CLOSE_MAINTENANCE, "maintenance")
        await asyncio.sleep(self._duration_s)
