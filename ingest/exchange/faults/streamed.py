"""What venues do whose books come on the stream: restarts, notices, a book that does not come."""

import asyncio
from typing import Literal

from pydantic import Field

from ingest.exchange.faults.base import (
    SYMBOL,
    CountedSpec,
    Fault,
    FaultSpec,
    FaultStage,
    OneTimeAction,
    TimedSpec,
)
from ingest.exchange.hub import CLOSE_GOING_AWAY

NOTICE = (
    b'{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service '
    b'upgrade. Please reconnect.","connId":"exchange"}'
)


class BookRestart(FaultSpec):
    """Numbers a book anew: Bybit with the whole book and u = 1, OKX with a lower seqId."""

    kind: Literal["book_restart"] = "book_restart"
    symbol: str = Field(pattern=SYMBOL)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        market = stage.simulated(self.kind)

        def restart() -> None:
            told = market.restart(self.symbol)
            if told is not None:
                stage.hub.publish(f"{self.symbol.lower()}@depth@100ms", told)

        return OneTimeAction(restart)


class UpgradeNotice(TimedSpec):
    """Announces the end of all connections (OKX, 64008) and closes after the duration those that
    were open then."""

    kind: Literal["upgrade_notice"] = "upgrade_notice"
    duration_s: float = Field(60.0, gt=0, le=3_600)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        return _UpgradeNotice(self.duration_s, stage)


class MissingBook(CountedSpec):
    """Subscriptions begin without the book, which then has to be asked for."""

    kind: Literal["missing_book"] = "missing_book"
    symbol: str = Field(pattern=SYMBOL)

    def build(self, stage: FaultStage) -> Fault:
        """Return the fault."""
        market = stage.simulated(self.kind)
        return OneTimeAction(lambda: market.leave_out_first(self.symbol, self.count))


class _UpgradeNotice(Fault):
    def __init__(self, duration_s: float, stage: FaultStage) -> None:
        super().__init__()
        self._duration_s = duration_s
        self._stage = stage

    async def run(self) -> None:
        told = tuple(self._stage.hub.clients.values())
        for client in told:
            client.offer("notice", NOTICE)
            self.hits += 1
        await asyncio.sleep(self._duration_s)
        for client in told:
            client.close(CLOSE_GOING_AWAY, "service upgrade")
