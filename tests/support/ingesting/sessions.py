"""A session with the built-in exchange whose records stay in the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ingest.ops.report import build_report
from ingest.publish.outlet import PutResult
from ingest.service import rest_client
from ingest.venue_session import VenueSession
from ingest.venues.registry import venue_of
from schemas.control import DeadLetter
from schemas.market import FeedStatus, StreamState
from schemas.record import Record
from schemas.settings import IngestSettings

DEADLINE_S = 30.0


@dataclass
class KeptOutlet:
    """Keeps what a session puts out."""

    records: list[Record | DeadLetter] = field(default_factory=list)
    is_full: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_roomy(self) -> bool:
        return not self.is_full

    def put(self, record: Record | DeadLetter, bypass_limit: bool = False) -> PutResult:
        if self.is_full and not bypass_limit:
            return PutResult.NO_ROOM
        self.records.append(record)
        self.news.set()
        return PutResult.TAKEN

    async def until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        """Wait for a condition on the records."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self.news.clear()
                await self.news.wait()

    def frame(self, raw: bytes, received_ns: int) -> None:
        """Not kept."""

    def snapshot(self, symbol: str, raw: bytes, received_ns: int) -> None:
        """Not kept."""

    def of(self, symbol: str, *kinds: type[Any]) -> list[Any]:
        """Return the records of a symbol that are of one of the kinds."""
        return [
            r
            for r in self.records
            if not isinstance(r, DeadLetter) and r.symbol == symbol and isinstance(r, kinds)
        ]

    def states(self, stream: str) -> list[StreamState]:
        """Return the states that a stream went through."""
        return [r.state for r in self.records if isinstance(r, FeedStatus) and r.stream == stream]


@dataclass
class LiveSession:
    """A running session."""

    session: VenueSession
    outlet: KeptOutlet
    ready: asyncio.Event
    task: "asyncio.Task[bool]"
    report: dict[str, Any] = field(default_factory=dict)
    """Filled when the session has ended."""

    async def until(self, condition: Callable[[], bool], timeout_s: float = DEADLINE_S) -> None:
        """Wait until a condition holds; fails after `timeout_s` or when the session fails."""
        async with asyncio.timeout(timeout_s):
            while True:
                if condition():
                    return
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.02)


@asynccontextmanager
async def live_session(settings: IngestSettings) -> AsyncIterator[LiveSession]:
    """Run a session for the length of the block."""
    outlet, stop, ready, venue = KeptOutlet(), asyncio.Event(), asyncio.Event(), venue_of(settings)
    async with rest_client(venue, settings) as (rest, budget):
        session = VenueSession(
            venue, settings, settings.symbols, rest, outlet, lambda _: ready.set()
        )
        task = asyncio.create_task(session.run(stop, ()))
        live = LiveSession(session, outlet, ready, task)
        try:
            yield live
        finally:
            stop.set()
            await asyncio.wait_for(task, DEADLINE_S)
        live.report.update(build_report(session, {}, rest, budget))
