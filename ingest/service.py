"""The ingest service: a venue's frames and polls to the raw topics."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

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
from ingest.venue_session import Ready, VenueSession
from ingest.venues.base import Venue
from ingest.venues.registry import venue_of
from ingest.watch.symbols import VenueListing, ask_listing, normalized
from ingest.watch.tracked_orders import TrackedOrders
from ingest.watch.tracked_topic import TrackedTopic
from ingest.watch.watch_topic import WatchTopic
from ingest.watch.watcher import Watcher, configured
from ingest.watch.watchlist import WatchList
from schemas.market import OpenInterest
from schemas.settings import IngestSettings, Settings

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S: Final = 0.9
"""For the last records, and once more for the connection; a supervisor waits 3 s in all."""


async def run_ingest(settings: Settings, stop: asyncio.Event, ready: Ready) -> dict[str, Any]:
    """Publish until `stop` is set or the venue has declared the end of every stream.

    `ready` is called once all streams are subscribed to. Returns the report. Raises IngestError
    with one line for what a user can cure: the venue or the broker cannot be reached, topics are
    missing, a configured symbol does not exist.
    """
    venue = venue_of(settings.ingest)
    named = normalized(settings.ingest.symbols)
    async with rest_client(venue, settings.ingest) as (rest, budget):
        listing = await ask_listing(venue, rest, budget, settings.ingest.rest_url)
        listing.expanded(named)
        outbox = Outbox(settings.ingest.outbox_mb << 20)
        producer = OutboxProducer(settings.kafka, outbox)
        publisher = Publisher(outbox, producer.wake)
        await producer.start()
        try:
            topic = WatchTopic(settings.kafka)
            past = await topic.start()
            try:
                watch_list = WatchList(venue.name, configured(settings.ingest, listing))
                for command in past:
                    watch_list.take(command)
                first = tuple(s for s in watch_list.symbols if s in listing)
                where: dict[str, str] = {}
                tracked = TrackedOrders()
                session = VenueSession(
                    venue,
                    settings.ingest,
                    first,
                    rest,
                    publisher,
                    lambda facts: ready({**facts, **where}),
                    tracked,
                )
                service = _Service(
                    settings.ingest, venue, rest, budget, publisher, producer, session
                )
                orders = TrackedTopic(settings.kafka, venue.name, tracked)
                metrics = IngestMetrics(session, publisher, producer, rest, budget)
                async with status_server(
                    settings.ingest.metrics_host,
                    settings.ingest.metrics_port,
                    metrics.text,
                    service.unhealthy,
                    service.unready,
                ) as address:
                    where["metrics_url"] = f"{address}/metrics"
                    await service.run(watch_list, listing, topic, orders, metrics, stop)
            finally:
                await topic.stop()
        finally:
            await producer.close(CLOSE_TIMEOUT_S)
        report = build_report(session, publisher.counts, rest, budget)
        return {
            **report,
            "records_not_taken": len(outbox),
            "records_lost_by_broker": producer.lost_by_broker,
        }


@asynccontextmanager
async def rest_client(
    venue: Venue, settings: IngestSettings
) -> AsyncIterator[tuple[RestClient, WeightBudget]]:
    """Open a REST client with a budget of its own that knows of earlier bans."""
    async with aiohttp.ClientSession() as http:
        budget = WeightBudget(
            int(settings.weight_per_minute * settings.weight_share), settings.weight_window_s
        )
        bans = BanFile(settings.state_dir, settings.rest_url)
        budget.remembered(bans.remaining_s(), asyncio.get_running_loop().time())
        rest = RestClient(
            http,
            settings.rest_url,
            budget,
            venue.weight_header,
            settings.snapshot_timeout_s,
            bans,
        )
        yield rest, budget


BEHIND_S: Final = 5.0
"""A record that waits longer for its acknowledgement means that the broker is away."""
TELL_AGAIN_S: Final = 60.0
NAMED_BOOKS: Final = 5


class _Service:
    """The session with everything that runs beside it."""

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
        market = session.market
        producer.tail_lost = market.on_broker_loss
        self._sending: asyncio.Task[None] | None = None
        self._poller = OpenInterestPoller(
            venue, rest, market.marks.get, self._deliver, market.polled, budget
        )

    async def run(
        self,
        watch_list: WatchList,
        listing: VenueListing,
        topic: WatchTopic,
        orders: TrackedTopic,
        metrics: IngestMetrics,
        stop: asyncio.Event,
    ) -> None:
        """Return when `stop` is set or the source is exhausted."""
        watcher = Watcher(self._settings, watch_list, listing, self._session, self._poller)
        watcher.apply()
        sending = self._sending = asyncio.create_task(self._producer.run())
        try:
            besides = (
                _fail_with(sending),
                self._poller.run(),
                watcher.follow_commands(topic),
                watcher.follow_listing(),
                orders.follow(),
                metrics.watch_loop(),
                self._tell_outages(),
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

    async def _tell_outages(self) -> None:
        """Log when the broker stops to take records, every minute of it, and when it is back."""
        told_s = 0.0
        while True:
            await asyncio.sleep(1.0)
            behind_s, outbox = self._publisher.behind_s, self._publisher.outbox
            if behind_s > BEHIND_S and behind_s >= told_s:
                logger.warning(
                    "the broker has not taken anything for %.0f s; %d records wait (%.1f MB)",
                    behind_s,
                    len(outbox),
                    outbox.bytes / 1e6,
                )
                told_s = behind_s + TELL_AGAIN_S
            elif behind_s <= BEHIND_S and told_s:
                logger.warning("the broker takes records again")
                told_s = 0.0

    def unhealthy(self) -> list[str]:
        """Return what a restart might cure. What answers at all has a loop that runs."""
        sending = self._sending
        if sending is not None and sending.done():
            return ["records are not sent to the broker any more"]
        return []

    def unready(self) -> list[str]:
        """Return why the records published now are not good."""
        faults = self.unhealthy()
        behind_s = self._publisher.behind_s
        if behind_s > BEHIND_S:
            faults.append(f"the broker has not taken anything for {behind_s:.0f} s")
        closed = [name for name, is_open in self._session.connections.items() if not is_open]
        faults += [f"connection {name} is not open with all its streams" for name in closed]
        waiting = self._session.books_waiting
        if waiting:
            named = ", ".join(waiting[:NAMED_BOOKS])
            faults.append(f"{len(waiting)} books wait for a snapshot: {named}")
        return faults

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
                logger.warning("stopped before the broker took the last records")
        finally:
            flushing.cancel()
            await asyncio.gather(flushing, return_exceptions=True)


async def _fail_with(sending: "asyncio.Task[None]") -> None:
    await asyncio.wait((sending,))
    sending.result()
