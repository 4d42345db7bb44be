"""The ingest service: a venue's frames and polls to the raw topics."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

import aiohttp

from ingest.backoff import Backoff
from ingest.budget import WeightBudget
from ingest.connection import Connection, Ending, Outcome
from ingest.errors import IngestError
from ingest.live import LiveMarket
from ingest.poller import OpenInterestPoller
from ingest.producer import Publisher
from ingest.report import build_report
from ingest.rest import RestClient
from ingest.snapshots import SnapshotFetcher
from ingest.supervisor import supervise
from ingest.symbol_feed import SymbolFeed
from ingest.symbols import check_symbols, normalized
from ingest.venues.base import ConnectionPlan, Venue
from ingest.venues.registry import venue_of
from schemas.market import OpenInterest
from schemas.settings import Settings

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S: Final = 2.0
"""For the last records at the end; a supervisor waits 3 s in all."""
TICKS_PER_HEARTBEAT: Final = 4
PROOF_INTERVAL_S: Final = 1.0
"""Round trips on depth connections: one message a second of the ten that the venue allows."""


async def run_ingest(
    settings: Settings, stop: asyncio.Event, ready: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Publish until `stop` is set or the venue has declared the end of every stream.

    `ready` is called once all streams are subscribed to. Returns the report. Raises IngestError
    with one line for what a user can cure: the venue or the broker cannot be reached, topics are
    missing, a symbol does not exist.
    """
    venue = venue_of(settings.ingest)
    symbols = normalized(settings.ingest.symbols)
    async with aiohttp.ClientSession() as session:
        budget = WeightBudget(int(settings.ingest.weight_per_minute * settings.ingest.weight_share))
        rest = RestClient(
            session,
            settings.ingest.rest_url,
            budget,
            venue.weight_header,
            settings.ingest.snapshot_timeout_s,
        )
        await check_symbols(venue, rest, symbols, settings.ingest.rest_url)
        publisher = Publisher(settings.kafka)
        await publisher.start()
        try:
            service = _Service(settings, venue, symbols, rest, publisher, ready)
            await service.run(stop)
            return build_report(service.market, publisher, rest, budget, service.reconnects)
        finally:
            await publisher.close(CLOSE_TIMEOUT_S)


class _Stopped(Exception):  # noqa: N818
    """Leaves the task group; no error."""


class _Service:
    """Wires the parts of one run together."""

    def __init__(
        self,
        settings: Settings,
        venue: Venue,
        symbols: tuple[str, ...],
        rest: RestClient,
        publisher: Publisher,
        ready: Callable[[dict[str, Any]], None],
    ) -> None:
        self._settings = settings.ingest
        self._venue = venue
        self._rest = rest
        self._publisher = publisher
        self._ready = ready
        self._plans = venue.plan(symbols)
        self._unconfirmed = {
            (plan.name, number)
            for plan in self._plans
            for number in range(1, len(venue.subscriptions(plan.streams)) + 1)
        }
        self._connections: dict[str, Connection] = {}
        self._group = asyncio.TaskGroup()
        self.market = LiveMarket(venue, self._settings, symbols, publisher.put, self._want)
        self._fetcher = SnapshotFetcher(
            venue, rest, self.market.take_snapshot, self.market.snapshot_leaves, self._spawn
        )
        self.reconnects = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Run to the end. Raises IngestError."""
        sending = asyncio.create_task(self._publisher.run())
        try:
            ended = await self._gather(stop, sending)
            if ended:
                self.market.finish()
            else:
                self.market.flush()
            await self._flush(sending, None if ended else CLOSE_TIMEOUT_S)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _gather(self, stop: asyncio.Event, sending: "asyncio.Task[None]") -> bool:
        """Run all connections; return True if the source is exhausted, False if stopped."""
        ended = asyncio.Event()
        try:
            async with self._group:
                self._spawn(self._end_on(stop))
                self._spawn(self._fail_with(sending))
                self._spawn(self._connect_all(ended))
                self._spawn(self._tick())
                self._spawn(self._watch_silence())
                self._spawn(self._prove_depth())
                self._spawn(self._poll())
                self._spawn(self._end_on(ended))
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

    async def _fail_with(self, sending: "asyncio.Task[None]") -> None:
        await asyncio.wait((sending,))
        sending.result()

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
        reply = self.market.take(plan, raw, received_ns)
        if reply is not None:
            self._confirm(plan, reply.request_id)
        await self._publisher.room()

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

    async def _poll(self) -> None:
        poller = OpenInterestPoller(
            self._venue,
            self._rest,
            self._settings.open_interest_interval_s,
            self.market.marks.get,
            self._deliver_interest,
            self.market.polled,
        )
        await poller.run(tuple(self.market.feeds))

    async def _deliver_interest(self, poll: OpenInterest) -> None:
        await self._publisher.put_acknowledged(poll)
        self.market.feeds[poll.symbol].trades.interest_acknowledged(poll.event_time)

    async def _flush(self, sending: "asyncio.Task[None]", timeout_s: float | None) -> None:
        flushing = asyncio.create_task(self._publisher.flush())
        try:
            done, _ = await asyncio.wait(
                (flushing, sending), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
            if not done:
                logger.warning("stopped before the broker took the last records")
        finally:
            flushing.cancel()
            await asyncio.gather(flushing, return_exceptions=True)


def _cause(faults: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the explained error among the faults of the tasks; a defect stays what it is."""
    explained = faults.subgroup(IngestError)
    error: BaseException = explained or faults
    while explained is not None and isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
