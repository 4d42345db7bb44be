"""One session with a venue: its connections, snapshots and timers, until stopped or exhausted."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, Protocol

from ingest.backoff import Backoff
from ingest.connection import Connection, Ending, Outcome
from ingest.errors import IngestError
from ingest.live import LiveMarket
from ingest.rest import RestClient
from ingest.snapshots import SnapshotFetcher
from ingest.supervisor import supervise
from ingest.symbol_feed import SymbolFeed
from ingest.venues.base import ConnectionPlan, Snapshot, Venue
from schemas.control import DeadLetter
from schemas.record import Record
from schemas.settings import IngestSettings

TICKS_PER_HEARTBEAT: Final = 4
PROOF_INTERVAL_S: Final = 1.0
"""Round trips on depth connections: one message a second of the ten that the venue allows."""

Ready = Callable[[dict[str, Any]], None]


class Outlet(Protocol):
    """Where a session's output goes."""

    def put(self, record: Record | DeadLetter) -> None:
        """Take a record; the order of the calls is the order of publication."""
        ...

    def frame(self, raw: bytes, received_ns: int) -> None:
        """Take a frame as it came, before it is processed."""
        ...

    def snapshot(self, symbol: str, raw: bytes, received_ns: int) -> None:
        """Take a REST snapshot as it came, before it is processed."""
        ...

    async def room(self) -> None:
        """Return when the outlet can take what the next frame brings."""
        ...


class _Stopped(Exception):  # noqa: N818
    """Leaves the task group; no error."""


class VenueSession:
    """Runs once."""

    def __init__(
        self,
        venue: Venue,
        settings: IngestSettings,
        symbols: tuple[str, ...],
        rest: RestClient,
        outlet: Outlet,
        ready: Ready,
    ) -> None:
        """`ready` is called once all streams are subscribed to."""
        self._venue = venue
        self._settings = settings
        self._outlet = outlet
        self._ready = ready
        self._plans = venue.plan(symbols)
        self._unconfirmed = {
            (plan.name, number)
            for plan in self._plans
            for number in range(1, len(venue.subscriptions(plan.streams)) + 1)
        }
        self._connections: dict[str, Connection] = {}
        self._group = asyncio.TaskGroup()
        self.market = LiveMarket(venue, settings, symbols, outlet.put, self._want)
        self._fetcher = SnapshotFetcher(
            venue, rest, self._take_snapshot, self.market.snapshot_leaves, self._spawn
        )
        self.reconnects = 0

    async def run(self, stop: asyncio.Event, besides: Iterable[Coroutine[Any, Any, None]]) -> bool:
        """Return True when the source is exhausted, False when `stop` was set.

        `besides` are run as well; one that raises ends the session. Raises IngestError.
        """
        ended = asyncio.Event()
        try:
            async with self._group:
                for body in (
                    self._end_on(stop),
                    self._end_on(ended),
                    self._connect_all(ended),
                    self._tick(),
                    self._watch_silence(),
                    self._prove_depth(),
                    *besides,
                ):
                    self._spawn(body)
        except BaseExceptionGroup as group:
            _, faults = group.split(_Stopped)
            if faults is not None:
                raise _cause(faults) from None
        return ended.is_set()

    def _want(self, feed: SymbolFeed) -> None:
        self._fetcher.want(feed)

    def _spawn(self, body: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        return self._group.create_task(body)

    async def _end_on(self, event: asyncio.Event) -> None:
        await event.wait()
        raise _Stopped

    def _take_snapshot(
        self, feed: SymbolFeed, snapshot: Snapshot, raw: bytes, received_ns: int
    ) -> None:
        self._outlet.snapshot(feed.symbol, raw, received_ns)
        self.market.take_snapshot(feed, snapshot, received_ns)

    async def _connect_all(self, ended: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as connections:
            for plan in self._plans:
                connections.create_task(self._keep(plan))
        ended.set()

    async def _keep(self, plan: ConnectionPlan) -> None:
        async def run_once() -> Outcome:
            connection = Connection(
                plan.url,
                self._venue.subscriptions(plan.streams),
                lambda raw, received_ns: self._take(plan, raw, received_ns),
                lambda: self.market.opened(plan),
                self._venue.max_connection_s,
            )
            self._connections[plan.name] = connection
            return await connection.run()

        def on_end(outcome: Outcome) -> None:
            final = outcome.ending is Ending.END_OF_STREAM
            self.reconnects += not final
            self.market.ended(plan, outcome, is_final=final)

        await supervise(plan.name, run_once, on_end, Backoff())

    async def _take(self, plan: ConnectionPlan, raw: bytes, received_ns: int) -> None:
        self._outlet.frame(raw, received_ns)
        reply = self.market.take(plan, raw, received_ns)
        if reply is not None:
            self._confirm(plan, reply.request_id)
        await self._outlet.room()

    def _confirm(self, plan: ConnectionPlan, number: int | None) -> None:
        if number is None or (plan.name, number) not in self._unconfirmed:
            return
        self._unconfirmed.remove((plan.name, number))
        if not self._unconfirmed:
            self._ready(
                {
                    "venue": self._venue.name,
                    "symbols": list(self.market.feeds),
                    "streams": [stream for plan in self._plans for stream in plan.streams],
                }
            )

    async def _tick(self) -> None:
        interval_s = self._settings.heartbeat_ms / 1_000 / TICKS_PER_HEARTBEAT
        while True:
            await asyncio.sleep(interval_s)
            self.market.tick()

    async def _watch_silence(self) -> None:
        interval_s = min(1.0, self._settings.silence_s / 2)
        while True:
            await asyncio.sleep(interval_s)
            for plan in self._plans:
                self.market.check_silence(plan)

    async def _prove_depth(self) -> None:
        async with asyncio.TaskGroup() as group:
            for plan in self._plans:
                if plan.carries_depth:
                    group.create_task(self._prove(plan))

    async def _prove(self, plan: ConnectionPlan) -> None:
        while True:
            await asyncio.sleep(PROOF_INTERVAL_S)
            connection = self._connections.get(plan.name)
            feeds = [self.market.feeds[symbol] for symbol in plan.symbols]
            times = [feed.clock_time for feed in feeds]
            if connection is not None and any(times) and await connection.prove():
                for feed, venue_time in zip(feeds, times, strict=True):
                    feed.on_depth_proved(venue_time)


def _cause(faults: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the explained error among the faults of the tasks; a defect stays what it is."""
    explained = faults.subgroup(IngestError)
    error: BaseException = explained or faults
    while explained is not None and isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
