"""Fetches the depth snapshots that books wait for, one request per symbol at a time."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from ingest.connections.backoff import Backoff
from ingest.errors import FrameError
from ingest.feeds.symbol_feed import SymbolFeed
from ingest.rest_api.client import RestClient, RestError, RestRefusedError
from ingest.rest_api.queue import Priority
from ingest.venues.base import Venue
from ingest.venues.events import BookSnapshot

logger = logging.getLogger(__name__)

REFUSED_PAUSE_S: Final = 60.0
"""Error code: the venue does not know the symbol (any more); the listing will report it."""

IMAGE_TIMEOUT_S: Final = 5.0
"""A subscription begins with the whole book within a fraction of this."""

STABLE_MS: Final = 60_000
"""A book that was in step for so long, in market time, has no past."""
FREE_SNAPSHOTS: Final = 5
"""So many within STABLE_MS go at once; every further one waits longer than the one before."""


@dataclass(slots=True)
class _Past:
    """What a symbol's snapshots came to of late."""

    asked: int = 0
    failed: bool = False
    """Whether the newest did not bring the book in step."""
    in_step_ms: int = 0
    """Market time at which the book was in step last."""
    backoff: Backoff = field(default_factory=Backoff)


Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts a task whose failure ends the service."""


class SnapshotFetcher:
    """Owns the requests in flight. Each is retried until its book is synchronised.

    A symbol whose snapshots fail, or whose book is lost again and again, waits with growing pauses
    and behind the others, so that it costs its neighbours neither their turn nor the weight.
    """

    def __init__(
        self,
        venue: Venue,
        rest: RestClient,
        deliver: Callable[[SymbolFeed, BookSnapshot, bytes, int], None],
        on_send: Callable[[SymbolFeed], None],
        spawn: Spawn,
        rank: Callable[[SymbolFeed, bool], int],
        subscribe_anew: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`subscribe_anew(symbol)` asks for a book on the stream, where the venue sends one.

        `rank(feed, is_failing)` orders waiting feeds, smallest first.

        `deliver(feed, snapshot, raw, received_ns)` receives an answer, `on_send` is called when a
        request is sent."""
        self._spawn = spawn
        self._rank = rank
        self._subscribe_anew = subscribe_anew
        self._venue = venue
        self._rest = rest
        self._deliver = deliver
        self._on_send = on_send
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._past: dict[str, _Past] = {}

    def want(self, feed: SymbolFeed) -> None:
        """Start fetching for a feed unless a request is in flight."""
        if feed.symbol not in self._tasks:
            task = self._spawn(self._fetch(feed))
            self._tasks[feed.symbol] = task
            task.add_done_callback(lambda done: self._ended(feed.symbol, done))

    def forget(self, symbol: str) -> None:
        """Cancel the request of a symbol."""
        task = self._tasks.pop(symbol, None)
        if task is not None:
            task.cancel()

    def _ended(self, symbol: str, task: "asyncio.Task[None]") -> None:
        if self._tasks.get(symbol) is task:
            del self._tasks[symbol]

    async def _fetch(self, feed: SymbolFeed) -> None:
        past = self._past.setdefault(feed.symbol, _Past())
        if feed.newest_time - past.in_step_ms >= STABLE_MS:
            past = self._past[feed.symbol] = _Past()
        elif past.asked >= FREE_SNAPSHOTS:
            await asyncio.sleep(past.backoff.next_s())
        while feed.depth.wants_snapshot:
            if self._venue.traits.sends_book:
                await self._wait_for_image(feed, past.backoff)
                if not feed.depth.wants_snapshot or not self._can_ask(feed):
                    continue
            past.asked += 1
            hopeful = await self._attempt(feed, past.failed or past.asked > FREE_SNAPSHOTS)
            past.failed = feed.depth.wants_snapshot
            if past.failed:
                await asyncio.sleep(past.backoff.next_s() if hopeful else REFUSED_PAUSE_S)
        past.in_step_ms = feed.newest_time

    async def _wait_for_image(self, feed: SymbolFeed, backoff: Backoff) -> None:
        """Ask for the book on the stream. Cancelled by `forget` when it comes."""
        feed.depth.snapshot_requested()
        self._on_send(feed)
        self._subscribe_anew(feed.symbol)
        await asyncio.sleep(IMAGE_TIMEOUT_S + backoff.next_s())
        logger.warning("%s: no book came on its stream", feed.symbol)
        feed.depth.snapshot_failed()

    def _can_ask(self, feed: SymbolFeed) -> bool:
        return self._venue.depth_request(feed.symbol) is not None

    async def _attempt(self, feed: SymbolFeed, is_failing: bool) -> bool:
        """Return False where an early retry is useless."""

        def leaving() -> None:
            feed.depth.snapshot_requested()
            self._on_send(feed)

        try:
            request = self._venue.depth_request(feed.symbol)
            if request is None:
                return False
            rank = self._rank(feed, is_failing)
            raw = await self._rest.get(
                request, leaving, Priority.SNAPSHOT, rank, failed_before=is_failing
            )
            snapshot = self._venue.parse_snapshot(raw, feed.symbol)
        except (RestError, FrameError) as error:
            logger.warning("snapshot of %s failed: %s", feed.symbol, error)
            feed.depth.snapshot_failed()
            return not isinstance(error, RestRefusedError)
        self._deliver(feed, snapshot, raw, time.time_ns())
        return True
