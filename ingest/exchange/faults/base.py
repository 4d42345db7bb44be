"""What all faults share: their specification and life cycle."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from ingest.exchange.client import Client
from ingest.exchange.dialect import USDM, Dialect
from ingest.exchange.errors import ExchangeError
from ingest.exchange.faults.seam import NoFaults
from ingest.exchange.hub import Hub
from ingest.exchange.source import SimulatedMarket, Source
from ingest.exchange.streams import ExchangeRoute
from ingest.exchange.weights import WeightLedger

SYMBOL = r"^[A-Z0-9][A-Z0-9_-]*$"


@dataclass(frozen=True, slots=True)
class FaultStage:
    """The parts of a running exchange that faults can reach."""

    hub: Hub
    ledger: WeightLedger
    source: Source
    simulation: SimulatedMarket | None
    """None where the exchange replays a capture, which cannot be controlled."""
    dialect: Dialect = USDM

    def simulated(self, kind: str) -> SimulatedMarket:
        """Return the simulated market. Raises ExchangeError where there is none."""
        if self.simulation is None:
            raise ExchangeError(f"fault {kind}: only a simulated market supports it, not a capture")
        return self.simulation


class Fault(NoFaults):
    """A running fault. Passes everything through; subclasses override what they disturb."""

    def __init__(self) -> None:
        self.hits = 0
        """Number of times it took effect."""

    async def run(self) -> None:
        """Return when the fault is over. Cancelled when the exchange stops."""


class FaultSpec(BaseModel):
    """Specification of a fault. Fields ending in `_s` are seconds, subject to the scenario's
    `time_scale`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    kind: str
    after_s: float = Field(0.0, ge=0)
    """Starts this long after injection, ..."""
    after_frames: int = Field(0, ge=0)
    """... and after at least this many matching frames were sent since."""
    symbol: str | None = Field(None, pattern=SYMBOL)
    """None: all symbols."""
    stream: str | None = Field(None, pattern=r"^[A-Za-z]+[A-Za-z0-9_]*(@[0-9]+m?s)?$")
    """Kind of stream, such as `depth` (at any speed), `depth@100ms` or `aggTrade`; None: all."""

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault. Raises ExchangeError where this exchange does not support it."""
        raise NotImplementedError

    def concerns(self, stream: str) -> bool:
        """Return whether it affects a stream, given by its full name (`btcusdt@depth@100ms`)."""
        symbol, _, kind = stream.partition("@")
        if self.symbol is not None and symbol.upper() != self.symbol:
            return False
        return self.stream is None or kind == self.stream or kind.startswith(f"{self.stream}@")

    def scaled(self, time_scale: float) -> Self:
        """Return the same fault with all its times divided by `time_scale`."""
        times = {
            name: value / time_scale
            for name, value in self
            if name.endswith("_s") and isinstance(value, int | float)
        }
        return self.model_copy(update=times)

    def clients(self, hub: Hub, route: ExchangeRoute | None = None) -> tuple[Client, ...]:
        """Return the open connections that carry an affected stream, on `route` if given."""
        return tuple(
            client
            for client in hub.clients.values()
            if (route is None or client.route is route)
            and any(self.concerns(stream) for stream in client.streams)
        )


class CountedSpec(FaultSpec):
    """A fault that ends after taking effect `count` times."""

    count: int = Field(1, ge=1, le=1_000_000)


class TimedSpec(FaultSpec):
    """A fault with a duration."""

    duration_s: float = Field(gt=0, le=86_400 * 30)


class RoutedSpec(FaultSpec):
    """A fault of connections."""

    route: ExchangeRoute | None = None
    """None: of every kind."""


class OneTimeAction(Fault):
    """A one-time action; the market takes its course afterwards."""

    def __init__(self, do: Callable[[], None]) -> None:
        super().__init__()
        self._do = do

    async def run(self) -> None:
        """Perform the action."""
        self._do()
        self.hits += 1


class FrameFault(Fault):
    """Replaces affected frames with the result of a function."""

    def __init__(self, spec: FaultSpec, change: Callable[[bytes], Sequence[bytes]]) -> None:
        super().__init__()
        self._spec = spec
        self._change = change
        self._left = spec.count if isinstance(spec, CountedSpec) else None
        self._spent = asyncio.Event()

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        """Return the changed frame if the fault affects it."""
        if self._left == 0 or not self._spec.concerns(stream):
            return (payload,)
        self.hits += 1
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                self._spent.set()
        return self._change(payload)

    async def run(self) -> None:
        """Return after the duration or when the count is reached."""
        if isinstance(self._spec, TimedSpec):
            await asyncio.sleep(self._spec.duration_s)
        else:
            await self._spent.wait()
