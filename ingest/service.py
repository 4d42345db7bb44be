"""The ingest service: publishes a venue's frames and polls to the raw topics."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import aiohttp
from prometheus_client import CollectorRegistry

from ingest.ops import metric_definitions as m
from ingest.ops.metrics import IngestMetrics
from ingest.ops.report import build_report
from ingest.ops.status_server import status_server
from ingest.publish.outbox import Outbox
from ingest.publish.producer import OutboxProducer
from ingest.publish.publisher import Publisher
from ingest.rest_api.ban_file import BanFile
from ingest.rest_api.budget import WeightBudget
from ingest.rest_api.client import RestClient
from ingest.rest_api.poller import OpenInterestPoller
from ingest.rest_api.rate_poller import RatePoller
from ingest.rest_api.shared_budgets import SharedBudgets
from ingest.venue_session import Ready, VenueSession
from ingest.venues.base import Venue
from ingest.venues.registry import venue_of
from ingest.watch.missing_books import missing_books
from ingest.watch.symbols import VenueListing, ask_listing, normalized
from ingest.watch.topic_follower import TopicFollower
from ingest.watch.tracked_orders import TrackedOrders
from ingest.watch.tracked_topic import tracked_topic
from ingest.watch.watch_topic import WatchTopic
from ingest.watch.watcher import Watcher, configured
from ingest.watch.watchlist import WatchList
from schemas.market import OpenInterest
from schemas.metrics import histogram
from schemas.settings import IngestSettings, Settings

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S: Final = 0.9
"""Time limit for the last records, and again for disconnecting; a supervisor waits 3 s in total."""


async def run_ingest(
    settings: Settings,
    stop: asyncio.Event,
    ready: Ready,
    budgets: SharedBudgets | None = None,
) -> dict[str, Any]:
    """Publish until `stop` is set or the venue has declared the end of every stream.

    `ready` is called once all streams are subscribed to; `budgets` are those of all venues of the
    process. Returns the report. Raises IngestError
    with one line if the venue or the broker cannot be reached, topics are missing or none of the
    configured symbols exists.
    """
    venue = venue_of(settings.ingest)
    named = normalized(settings.ingest.symbols)
    async with AsyncExitStack() as stack:
        rest, budget = await stack.enter_async_context(rest_client(venue, settings.ingest, budgets))
        listing = await ask_listing(venue, rest, budget, settings.ingest.rest_url)
        listing.check_named(named)
        outbox, pending = Outbox(settings.ingest.outbox_mb << 20), asyncio.Event()
        publisher = Publisher(outbox, pending.set)
        facts: dict[str, str] = {}
        tracked = TrackedOrders()
        session = VenueSession(
            venue,
            settings.ingest,
            (),
            rest,
            publisher,
            lambda told: ready(told | facts),
            tracked,
            settings.quotes,
        )
        registry = CollectorRegistry()
        latency = histogram(m.LATENCY, registry)
        producer = OutboxProducer(
            settings.kafka, outbox, pending, latency.observe, session.market.on_broker_loss
        )
        await producer.start()
        stack.push_async_callback(producer.close, CLOSE_TIMEOUT_S)
        topic = WatchTopic(settings.kafka)
        past = await topic.start()
        stack.push_async_callback(topic.stop)
        watch_list = WatchList(venue.name, configured(settings.ingest, listing))
        for command in past:
            watch_list.take(command)
        service = _Service(settings.ingest, venue, rest, budget, publisher, producer, session)
        market = session.market
        rates = RatePoller(
            venue,
            rest,
            market.quotes.rates,
            lambda: list(market.feeds),
            listing,
            market.quotes.priced,
            market.quotes.fault,
        )
        metrics = IngestMetrics(registry, session, publisher, producer, rest, budget)
        address = await stack.enter_async_context(
            status_server(
                settings.ingest.metrics_host,
                settings.ingest.metrics_port,
                metrics.text,
                service.unhealthy,
                service.unready,
            )
        )
        facts["metrics_url"] = f"{address}/metrics"
        told = (
            tracked_topic(settings.kafka, venue.name, tracked),
            missing_books(settings.kafka, venue.name, market.on_book_missing),
        )
        await service.run(watch_list, listing, topic, told, rates, metrics, stop)
    return build_report(session, publisher.counts, rest, budget) | {
        "records_not_taken": len(outbox),
        "records_lost_by_broker": producer.lost_by_broker,
    }


@asynccontextmanager
async def rest_client(
    venue: Venue, settings: IngestSettings, budgets: SharedBudgets | None = None
) -> AsyncIterator[tuple[RestClient, WeightBudget]]:
    """Open a REST client with its weight budget, which respects bans of earlier runs."""
    async with aiohttp.ClientSession() as http:
        bans = BanFile(settings.state_dir, settings.rest_url)
        budget = (budgets or SharedBudgets()).of(venue, settings, bans)
        rest = RestClient(
            http,
            settings.rest_url,
            budget,
            venue.weight_header,
            settings.snapshot_timeout_s,
            bans,
            venue.closed_s,
        )
        yield rest, budget


BEHIND_S: Final = 5.0
"""A record unacknowledged for longer means that the broker is unavailable, s."""
REPEAT_WARNING_S: Final = 60.0
NAMED_BOOKS: Final = 5


class _Service:
    """The session and its companion tasks."""

    def __init__(
        self,
        settings: IngestSettings,
        venue: Venue,
        rest: RestClient,
        budget: WeightBudget,
        publisher: Publisher,
        producer: OutboxProducer,
        session: VenueSession,
    ) -> None:
        self._settings = settings
        self._publisher = publisher
        self._producer = producer
        self._session = session
        self._sending: asyncio.Task[None] | None = None
        market = session.market
        self._poller = OpenInterestPoller(
            venue,
            rest,
            market.marks.get,
            self._deliver,
            market.polled,
            market.poll_fault,
            budget,
            market.instruments.get,
            market.intake.knows_time,
        )

    async def run(
        self,
        watch_list: WatchList,
        listing: VenueListing,
        topic: WatchTopic,
        told: Sequence[TopicFollower[Any]],
        rates: RatePoller,
        metrics: IngestMetrics,
        stop: asyncio.Event,
    ) -> None:
        """Return when `stop` is set or the source is exhausted. `told`: what workers tell."""
        watcher = Watcher(
            self._settings,
            watch_list,
            listing,
            self._session,
            self._poller,
            self._session.market.intake.refuse,
        )
        watcher.apply()
        sending = self._sending = asyncio.create_task(self._producer.run())
        try:
            besides = (
                _fail_with(sending),
                self._poller.run(),
                rates.run(),
                self._publish_interest(),
                watcher.follow_commands(topic),
                watcher.follow_listing(),
                *(follower.follow() for follower in told),
                metrics.loop_lag.measure(),
                self._log_outages(),
            )
            if await self._session.run(stop, besides):
                self._session.market.finish()
                await self._flush(sending, None)
            else:
                self._session.market.flush()
                await self._flush(sending, CLOSE_TIMEOUT_S)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _log_outages(self) -> None:
        """Log while the broker acknowledges nothing, once a minute, and when it is back."""
        next_warning_s = 0.0
        while True:
            await asyncio.sleep(1.0)
            behind_s, outbox = self._publisher.behind_s, self._publisher.outbox
            if behind_s > BEHIND_S and behind_s >= next_warning_s:
                logger.warning(
                    "no acknowledgement from the broker for %.0f s; %d records wait (%.1f MB)",
                    behind_s,
                    len(outbox),
                    outbox.bytes / 1e6,
                )
                next_warning_s = behind_s + REPEAT_WARNING_S
            elif behind_s <= BEHIND_S and next_warning_s:
                logger.warning("the broker acknowledges records again")
                next_warning_s = 0.0

    def unhealthy(self) -> list[str]:
        """Return faults that a restart may cure; any answer shows that the event loop runs."""
        sending = self._sending
        if sending is not None and sending.done():
            return ["sending to the broker has stopped"]
        return []

    def unready(self) -> list[str]:
        """Return why the records published now are incomplete or late."""
        faults = self.unhealthy()
        behind_s = self._publisher.behind_s
        if behind_s > BEHIND_S:
            faults.append(f"the broker has not acknowledged a record for {behind_s:.0f} s")
        closed = [name for name, is_open in self._session.connections.items() if not is_open]
        faults += [
            f"connection {name} is not open or not subscribed to all its streams" for name in closed
        ]
        waiting = self._session.books_waiting
        if waiting:
            named = ", ".join(waiting[:NAMED_BOOKS])
            faults.append(f"{len(waiting)} books wait for a snapshot: {named}")
        return faults

    async def _publish_interest(self) -> None:
        while True:
            await self._deliver(await self._session.market.interest.get())

    async def _deliver(self, poll: OpenInterest) -> None:
        if await self._publisher.put_acknowledged(poll):
            feed = self._session.market.feeds.get(poll.symbol)
            if feed is not None:
                feed.trades.interest_acknowledged(poll.event_time)

    async def _flush(self, sending: "asyncio.Task[None]", timeout_s: float | None) -> None:
        flushing = asyncio.create_task(self._producer.flush())
        try:
            done, _ = await asyncio.wait(
                (flushing, sending), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
            if not done:
                logger.warning("stopped before the broker acknowledged the last records")
        finally:
            flushing.cancel()
            await asyncio.gather(flushing, return_exceptions=True)


async def _fail_with(sending: "asyncio.Task[None]") -> None:
    await asyncio.wait((sending,))
    sending.result()
