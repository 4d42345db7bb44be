"""The ingest service: a venue's frames and polls to the raw topics."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

from ingest.budget import WeightBudget
from ingest.poller import OpenInterestPoller
from ingest.producer import Publisher
from ingest.report import build_report
from ingest.rest import RestClient
from ingest.session import Ready, VenueSession
from ingest.symbols import check_symbols, normalized
from ingest.venues.base import Venue
from ingest.venues.registry import venue_of
from schemas.market import OpenInterest
from schemas.settings import IngestSettings, Settings

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S: Final = 0.9
"""For the last records, and once more for the connection; a supervisor waits 3 s in all."""


async def run_ingest(settings: Settings, stop: asyncio.Event, ready: Ready) -> dict[str, Any]:
    """Publish until `stop` is set or the venue has declared the end of every stream.

    `ready` is called once all streams are subscribed to. Returns the report. Raises IngestError
    with one line for what a user can cure: the venue or the broker cannot be reached, topics are
    missing, a symbol does not exist.
    """
    venue = venue_of(settings.ingest)
    symbols = normalized(settings.ingest.symbols)
    async with rest_client(venue, settings.ingest) as (rest, budget):
        await check_symbols(venue, rest, symbols, settings.ingest.rest_url)
        publisher = Publisher(settings.kafka)
        await publisher.start()
        try:
            session = VenueSession(venue, settings.ingest, symbols, rest, publisher, ready)
            await _publish(session, venue, settings.ingest, rest, publisher, stop)
        finally:
            await publisher.close(CLOSE_TIMEOUT_S)
        return build_report(session, publisher.counts, rest, budget)


@asynccontextmanager
async def rest_client(
    venue: Venue, settings: IngestSettings
) -> AsyncIterator[tuple[RestClient, WeightBudget]]:
    """Open a REST client with a budget of its own."""
    async with aiohttp.ClientSession() as http:
        budget = WeightBudget(int(settings.weight_per_minute * settings.weight_share))
        rest = RestClient(
            http, settings.rest_url, budget, venue.weight_header, settings.snapshot_timeout_s
        )
        yield rest, budget


async def _publish(
    session: VenueSession,
    venue: Venue,
    settings: IngestSettings,
    rest: RestClient,
    publisher: Publisher,
    stop: asyncio.Event,
) -> None:
    async def deliver(poll: OpenInterest) -> None:
        await publisher.put_acknowledged(poll)
        feed = session.market.feeds[poll.symbol]
        feed.trades.interest_acknowledged(poll.event_time)

    market = session.market
    poller = OpenInterestPoller(
        venue, rest, settings.open_interest_interval_s, market.marks.get, deliver, market.polled
    )
    sending = asyncio.create_task(publisher.run())
    try:
        besides = (_fail_with(sending), poller.run(tuple(market.feeds)))
        if await session.run(stop, besides):
            market.finish()
            await _flush(publisher, sending, None)
        else:
            market.flush()
            await _flush(publisher, sending, CLOSE_TIMEOUT_S)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _fail_with(sending: "asyncio.Task[None]") -> None:
    await asyncio.wait((sending,))
    sending.result()


async def _flush(
    publisher: Publisher, sending: "asyncio.Task[None]", timeout_s: float | None
) -> None:
    flushing = asyncio.create_task(publisher.flush())
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
