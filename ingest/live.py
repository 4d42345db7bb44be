"""Takes the frames of all connections to the symbols' feeds and watches every stream's health."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

from ingest.connection import Outcome
from ingest.dead_letters import dead_letter
from ingest.errors import FrameError
from ingest.stream_health import Change, StreamHealth
from ingest.symbol_feed import SymbolFeed
from ingest.venues.base import (
    ConnectionPlan,
    DepthUpdate,
    Event,
    MarkPrice,
    Reply,
    Snapshot,
    TradeUpdate,
    Venue,
)
from schemas.control import DeadLetter
from schemas.market import FeedStatus
from schemas.record import Record
from schemas.settings import IngestSettings

logger = logging.getLogger(__name__)

MALFORMED = "malformed"
"""Under which frames are counted that could not be read."""


class LiveMarket:
    """The feeds of all symbols and what their frames amount to. Everything in it is synchronous."""

    def __init__(
        self,
        venue: Venue,
        settings: IngestSettings,
        symbols: tuple[str, ...],
        put: Callable[[Record | DeadLetter], None],
        want_snapshot: Callable[[SymbolFeed], None],
    ) -> None:
        """`put` publishes a record; `want_snapshot` is called for a book that waits for one."""
        self._venue = venue
        self._settings = settings
        self._put = put
        self._want_snapshot = want_snapshot
        self._loop = asyncio.get_running_loop()
        self._health: dict[str, StreamHealth] = {}
        self._pack_timers: dict[str, asyncio.TimerHandle] = {}
        self.feeds = {
            symbol: SymbolFeed(venue.name, symbol, venue.sequence, settings, put)
            for symbol in symbols
        }
        self.marks: dict[str, MarkPrice] = {}
        """Newest mark price by symbol."""
        self.frames: Counter[str] = Counter()
        """Frames by what they were."""
        self.refused_requests = 0

    @property
    def now_ms(self) -> float:
        """The clock of packing and alarms."""
        return self._loop.time() * 1_000

    def opened(self, plan: ConnectionPlan) -> None:
        """The streams of a connection were asked for."""
        for stream in plan.streams:
            self._health_of(stream).opened(self.now_ms)

    def ended(self, plan: ConnectionPlan, outcome: Outcome, is_final: bool) -> None:
        """A connection ended. `is_final`: its source is exhausted, nothing was lost."""
        received_us, now_ms = time.time_ns() // 1_000, self.now_ms
        for symbol in plan.symbols:
            feed = self.feeds[symbol]
            if plan.carries_trades:
                feed.on_trades_lost(now_ms)
            if plan.carries_depth and not is_final:
                feed.on_depth_lost(received_us, now_ms)
        for stream, symbol in plan.streams.items():
            reason = f"{outcome.ending.value}: {outcome.detail}"
            self._report(stream, symbol, self._health_of(stream).down(reason))

    def take(self, plan: ConnectionPlan, raw: bytes, received_ns: int) -> Reply | None:
        """Process one frame; returns the reply if it was one."""
        received_us = received_ns // 1_000
        try:
            stream, event = self._venue.parse(raw)
        except FrameError as error:
            self._refuse(plan.name, received_us, str(error), raw)
            return None
        self.frames[type(event).__name__] += 1
        if isinstance(event, Reply):
            if event.error:
                self.refused_requests += 1
                logger.error("%s: the venue refused a subscription: %s", plan.name, event.error)
            return event
        symbol = plan.streams.get(stream)
        self._dispatch(event, received_us)
        if symbol is not None:
            usable = not isinstance(event, DepthUpdate) or self.feeds[symbol].depth.synced
            self._report(stream, symbol, self._health_of(stream).frame(self.now_ms, usable))
        return None

    def take_snapshot(self, feed: SymbolFeed, snapshot: Snapshot, received_ns: int) -> None:
        """Process a REST snapshot."""
        self.frames["Snapshot"] += 1
        feed.on_snapshot(snapshot, received_ns // 1_000, self.now_ms)
        if feed.depth.synced:
            stream = self._venue.depth_stream(feed.symbol)
            self._report(stream, feed.symbol, self._health_of(stream).frame(self.now_ms))

    def snapshot_leaves(self, feed: SymbolFeed) -> None:
        """A snapshot was asked for."""
        stream = self._venue.depth_stream(feed.symbol)
        self._report(stream, feed.symbol, self._health_of(stream).resync("snapshot requested"))

    def polled(self, symbol: str, fault: str) -> None:
        """Note how an open-interest poll went; an empty `fault`: well."""
        stream = self._venue.interest_stream(symbol)
        health = self._health_of(stream)
        change = health.down(fault) if fault else health.frame(self.now_ms)
        self._report(stream, symbol, change)

    def tick(self) -> None:
        """Let time pass."""
        now_ms = self.now_ms
        for feed in self.feeds.values():
            feed.tick(now_ms)

    def check_silence(self, plan: ConnectionPlan) -> None:
        """Report the streams of a connection that have been silent for too long."""
        for stream, symbol in plan.streams.items():
            self._report(stream, symbol, self._health_of(stream).check(self.now_ms))

    def flush(self) -> None:
        """Publish the open packs."""
        for timer in self._pack_timers.values():
            timer.cancel()
        self._pack_timers.clear()
        for feed in self.feeds.values():
            feed.flush(self.now_ms)

    def finish(self) -> None:
        """The source is exhausted: publish what closes the last second of every symbol."""
        self.flush()
        for feed in self.feeds.values():
            feed.finish(self.now_ms)

    def _dispatch(self, event: Event, received_us: int) -> None:
        if not isinstance(event, DepthUpdate | TradeUpdate | MarkPrice):
            return
        feed = self.feeds.get(event.symbol)
        if feed is None:
            return
        if isinstance(event, DepthUpdate):
            gaps = feed.depth.counts.gaps
            feed.on_depth(event, received_us, self.now_ms)
            if feed.depth.counts.gaps != gaps:
                stream = self._venue.depth_stream(event.symbol)
                reason = f"pu {event.prev_id} does not follow"
                self._report(stream, event.symbol, self._health_of(stream).gap(reason))
            if feed.depth.wants_snapshot:
                self._want_snapshot(feed)
        elif isinstance(event, TradeUpdate):
            feed.on_trade(event.trade, received_us, self.now_ms)
            self._arm(feed)
        else:
            self.marks[event.symbol] = event
            feed.on_clock(event.sent_time, received_us, self.now_ms)

    def _arm(self, feed: SymbolFeed) -> None:
        due_ms = feed.trades.due_ms
        if due_ms is not None and feed.symbol not in self._pack_timers:
            self._pack_timers[feed.symbol] = self._loop.call_at(
                due_ms / 1_000, self._pack_due, feed
            )

    def _pack_due(self, feed: SymbolFeed) -> None:
        del self._pack_timers[feed.symbol]
        # Not `tick`: a timer may fire a hair before its time, and the pack would wait once more.
        feed.flush(self.now_ms)

    def _health_of(self, stream: str) -> StreamHealth:
        health = self._health.get(stream)
        if health is None:
            health = self._health[stream] = StreamHealth(self._settings.silence_s * 1_000)
        return health

    def _report(self, stream: str, symbol: str, change: Change | None) -> None:
        if change is None:
            return
        logger.info("%s: %s %s", stream, change.state.value, change.reason)
        self._put(
            FeedStatus(
                venue=self._venue.name,
                symbol=symbol,
                event_time=self.feeds[symbol].newest_time,
                received_us=time.time_ns() // 1_000,
                stream=stream,
                state=change.state,
                reason=change.reason,
            )
        )

    def _refuse(self, source: str, received_us: int, reason: str, raw: bytes) -> None:
        self.frames[MALFORMED] += 1
        logger.warning("%s: dead letter: %s", source, reason)
        self._put(dead_letter(f"{self._venue.name}:{source}", received_us, reason, raw))
