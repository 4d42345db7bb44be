"""Fetches the depth snapshots that books wait for, one request per symbol at a time."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
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

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts a task whose failure ends the service."""


class SnapshotFetcher:
    """Owns the requests in flight. Each is retried until its book is synchronised."""

    def __init__(
        self,
        venue: Venue,
        rest: RestClient,
        deliver: Callable[[SymbolFeed, BookSnapshot, bytes, int], None],
        on_send: Callable[[SymbolFeed], None],
        spawn: Spawn,
        rank: Callable[[SymbolFeed], int],
    ) -> None:
        """`rank(feed)` orders waiting feeds, smallest first.

        `deliver(feed, snapshot, raw, received_ns)` receives an answer, `on_send` is called when a
        request is sent."""
        self._spawn = spawn
        self._rank = rank
        self._venue = venue
        self._rest = rest
        self._deliver = deliver
        self._on_send = on_send
        self._tasks: dict[str, asyncio.Task[None]] = {}

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
        backoff = Backoff()
        while feed.depth.wants_snapshot:
            hopeful = await self._attempt(feed)
            if feed.depth.wants_snapshot:
                await asyncio.sleep(backoff.next_s() if hopeful else REFUSED_PAUSE_S)

    async def _attempt(self, feed: SymbolFeed) -> bool:
        """Return False where an early retry is useless."""

        def leaving() -> None:
            feed.depth.snapshot_requested()
            self._on_send(feed)

        try:
            request = self._venue.depth_request(feed.symbol)
            rank = self._rank(feed)
            raw = await self._rest.get(request, leaving, Priority.SNAPSHOT, rank)
            snapshot = self._venue.parse_snapshot(raw, feed.symbol)
        except (RestError, FrameError) as error:
            logger.warning("snapshot of %s failed: %s", feed.symbol, error)
            feed.depth.snapshot_failed()
            return not isinstance(error, RestRefusedError)
        self._deliver(feed, snapshot, raw, time.time_ns())
        return True
