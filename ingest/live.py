"""The feeds of all symbols: what they are given, when they are due, how sound their streams are."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping

from ingest.book_intake import BookIntake
from ingest.connections.connection import ConnectionResult
from ingest.connections.connection_clocks import ConnectionClocks
from ingest.connections.frame_intake import Frame, FrameIntake
from ingest.connections.shards import Shard
from ingest.feeds.feed_figures import no_figures
from ingest.feeds.quote_rates import QuoteRates
from ingest.feeds.stream_interest import StreamInterest
from ingest.feeds.symbol_feed import SymbolFeed
from ingest.feeds.trades.pack_timers import PackTimers
from ingest.ops.health_board import HealthBoard
from ingest.publish.interest_queue import InterestQueue
from ingest.publish.outlet import RecordOutlet
from ingest.quote_values import QuoteValues
from ingest.venues.base import Venue
from ingest.venues.events import (
    BOOK_EVENTS,
    FEED_EVENTS,
    TRADE_EVENTS,
    BookSnapshot,
    DepthUpdate,
    FeedEvent,
    MarkPrice,
    SkippedTrade,
    Ticker,
    TradeRun,
    TradeUpdate,
    venue_time_of,
)
from ingest.venues.parsed import Event, Reply
from schemas.clock import wall_us
from schemas.instrument import Instrument
from schemas.market import FeedStatus, StreamState
from schemas.settings import IngestSettings

logger = logging.getLogger(__name__)


class LiveMarket:
    """The feeds of all symbols with their counters. Entirely synchronous."""

    def __init__(
        self,
        venue: Venue,
        settings: IngestSettings,
        outlet: RecordOutlet,
        want_snapshot: Callable[[SymbolFeed], None],
        quotes: Mapping[str, float] | None = None,
        on_notice: Callable[[Shard], None] = lambda _: None,
        on_image: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`want_snapshot` is called for a book that needs one, `on_notice` for a connection that
        the venue is about to close, `on_image` for a symbol whose book came on its stream;
        `quotes`: set values in USD of quote currencies."""
        self._interest: dict[str, StreamInterest] = {}
        self.interest = InterestQueue()
        """Open interest from streams, to be published."""
        self._venue = venue
        self._settings = settings
        self._outlet = outlet
        self._loop = asyncio.get_running_loop()
        self._timers = PackTimers(lambda: self.now_ms)
        self.feeds: dict[str, SymbolFeed] = {}
        self._clocks = ConnectionClocks(settings.clock_margin_ms)
        self._past = no_figures()
        """Counters of removed symbols."""
        self.health = HealthBoard(venue.name, settings, self._state, self._newest_time)
        self.books = BookIntake(venue, self.health, want_snapshot, on_image)
        self.intake = FrameIntake(
            venue, settings.max_ahead_ms, outlet, self._take, self._lost, on_notice
        )
        self.instruments: dict[str, Instrument] = {}
        """Units of the followed symbols."""
        self.quotes = QuoteValues(QuoteRates(quotes or {}), self.feeds, self.health)
        self.marks: dict[str, MarkPrice] = {}
        """Newest mark price by symbol."""

    @property
    def now_ms(self) -> float:
        """The clock of packing and alarms."""
        return self._loop.time() * 1_000

    def figures(self) -> Counter[str]:
        """Return the counters since the start, over all symbols."""
        total = self._past.copy()
        for feed in self.feeds.values():
            total.update(feed.figures())
        return total

    def add(self, symbol: str, instrument: Instrument | None = None) -> None:
        """Start following a symbol; `instrument`: as listed, None: as its name tells."""
        told = instrument or self._venue.instrument(symbol)
        if told is not None:
            self.instruments[symbol] = told
        self.feeds[symbol] = SymbolFeed(
            self._venue.name,
            symbol,
            self._venue.sequence,
            self._settings,
            self._outlet.put,
            told,
            self._venue.traits,
        )
        self.feeds[symbol].trades.quote_is_worth(self.quotes.rates.of(symbol))
        interval_s = self._settings.open_interest_interval_s
        self._interest[symbol] = StreamInterest(self._venue.name, symbol, interval_s)

    def remove(self, symbol: str, reason: str) -> None:
        """Stop following a symbol: publish the end of its book and of its streams."""
        feed = self.feeds[symbol]
        self._timers.forget(symbol)
        feed.remove(wall_us(), self.now_ms)
        streams = [name for route in self._venue.routes for name in route.streams(symbol)]
        for stream in (*streams, self._venue.interest_stream(symbol)):
            self.health.forget(stream, symbol, reason)
        del self.feeds[symbol]
        self._past.update(feed.figures())
        self.marks.pop(symbol, None)
        self.quotes.forget(symbol)
        self.instruments.pop(symbol, None)
        self._interest.pop(symbol, None)

    def asked(self, streams: list[tuple[str, str]]) -> None:
        """Streams of (name, symbol) were subscribed to."""
        for stream, symbol in streams:
            if symbol in self.feeds:
                self.health.opened(stream, symbol, self.now_ms)

    def ended(self, shard: Shard, result: ConnectionResult, is_final: bool) -> None:
        """A connection ended. `is_final`: its source is exhausted, nothing was lost."""
        received_us, now_ms = wall_us(), self.now_ms
        for symbol in shard.symbols:
            feed = self.feeds[symbol]
            if shard.route.carries_trades:
                self._clocks.of(shard.name).broken()
                feed.on_trades_lost(now_ms)
                self._interest[symbol].forget()
            if shard.route.carries_depth and not is_final:
                feed.on_depth_lost(received_us, now_ms)
        reason = f"{result.end.value}: {result.detail}"
        for stream, symbol in shard.streams.items():
            self.health.down(stream, symbol, reason)

    def take(self, shard: Shard, raw: bytes, received_ns: int) -> Reply | None:
        """Process one frame; return it if it is a reply."""
        return self.intake.take(shard, raw, received_ns, self.now_ms)

    def _take(self, frame: Frame, symbol: str) -> None:
        """Take what a stream of a symbol said."""
        shard, event, received_us = frame.shard, frame.event, frame.received_us
        feed = self.feeds[symbol]
        if isinstance(event, TRADE_EVENTS) and not feed.reaches(event):
            first = event.trades[0] if isinstance(event, TradeRun) else event
            reason = f"trades are missing before trade {first.trade.trade_id}"
            self._lost(frame.stream, symbol, reason)
        repeated = feed.trades.repeated
        self._dispatch(shard, event, received_us)
        if shard.route.carries_trades and isinstance(event, FEED_EVENTS):
            self._tell_time(shard, event, received_us, feed.trades.repeated > repeated)
        is_depth = isinstance(event, BOOK_EVENTS)
        usable = feed.depth.synced if is_depth else not feed.blocked
        self.health.frame(frame.stream, symbol, self.now_ms, usable)

    def _lost(self, stream: str, symbol: str, reason: str) -> None:
        self.health.lost(stream, symbol, reason, self.now_ms)

    def _tell_time(
        self, shard: Shard, event: FeedEvent, received_us: int, is_repeated: bool
    ) -> None:
        """Move the watermarks of all symbols of a connection as far as its frames prove."""
        safe_time = self._clocks.told(shard.name, event, is_repeated=is_repeated)
        if safe_time is None:
            return
        now_ms = self.now_ms
        for symbol in shard.symbols:
            self.feeds[symbol].on_connection_clock(safe_time, received_us, now_ms)

    def reaches(self, event: Event) -> bool:
        """Whether `event` follows the newest one of its stream without a gap."""
        if not isinstance(event, DepthUpdate | BookSnapshot | TradeUpdate | TradeRun):
            return True
        feed = self.feeds.get(event.symbol)
        return feed is None or feed.reaches(event)

    def take_snapshot(
        self, feed: SymbolFeed, snapshot: BookSnapshot, raw: bytes, received_ns: int
    ) -> None:
        """Process a REST snapshot."""
        received_us = received_ns // 1_000
        what = f"snapshot of {feed.symbol}"
        if self.intake.lies_ahead(what, snapshot.stated_time, received_us, raw, self.now_ms):
            # Its update id gives its place; without a time it takes that of adjacent updates.
            snapshot = snapshot._replace(event_time=0)
        self.intake.frames["BookSnapshot"] += 1
        self.books.snapshot(feed, snapshot, received_us, self.now_ms)

    def poll_fault(self, symbol: str, event_time: int, raw: bytes) -> bool:
        """Return whether the time (ms) of an open-interest answer is refused."""
        received_us = wall_us()
        what = f"poll of {symbol}"
        return self.intake.lies_ahead(what, event_time, received_us, raw, self.now_ms)

    def polled(self, symbol: str, fault: str) -> None:
        """Record the result of an open-interest poll; empty `fault`: success."""
        if symbol not in self.feeds:
            return
        stream = self._venue.interest_stream(symbol)
        if fault:
            self.health.down(stream, symbol, fault)
        else:
            self.health.frame(stream, symbol, self.now_ms)

    def on_broker_loss(self) -> None:
        """Published records may be missing: resync every book."""
        received_us = wall_us()
        for feed in self.feeds.values():
            self.books.broker_lost(feed, received_us)

    def on_book_missing(self, symbol: str, read_time: int) -> None:
        """A worker has no book of a symbol, up to an event time (ms): resync it."""
        feed = self.feeds.get(symbol)
        if feed is not None:
            self.books.missing(feed, read_time, wall_us())

    def watch_silence(self, shard: Shard) -> bool:
        """Check for silent streams; return whether the shard's connection should be renewed
        now."""
        renew = self.health.check(shard.streams.items(), self.now_ms)
        if shard.route.carries_depth:
            for symbol in shard.symbols:
                if self.health.state_of(self._venue.depth_stream(symbol)) is StreamState.SILENT:
                    self.feeds[symbol].on_depth_silent(wall_us(), self.now_ms)
        return renew

    def tick(self) -> None:
        """Publish what is due."""
        now_ms = self.now_ms
        self.intake.tick(now_ms)
        for feed in self.feeds.values():
            if feed.blocked and self._outlet.is_roomy:
                self._unblock(feed)
            feed.tick(now_ms)

    def flush(self) -> None:
        """Publish the open packs."""
        self._timers.clear()
        for feed in self.feeds.values():
            feed.flush(self.now_ms)

    def finish(self) -> None:
        """The source is exhausted: publish the final watermarks of every symbol."""
        self.intake.finish()
        self.flush()
        for feed in self.feeds.values():
            feed.finish(self.now_ms)

    def _dispatch(self, shard: Shard, event: Event, received_us: int) -> None:
        if not isinstance(event, FEED_EVENTS):
            return
        feed = self.feeds.get(event.symbol)
        if feed is None:
            return
        if isinstance(event, SkippedTrade):
            feed.on_skipped_trade(event)
        elif isinstance(event, MarkPrice):
            self.marks[event.symbol] = event
            feed.on_mark(event.mark_price)
            self._take_clock(shard, feed, event, received_us)
        elif isinstance(event, Ticker):
            self._take_ticker(shard, feed, event, received_us)
        else:
            if isinstance(event, BOOK_EVENTS):
                self.books.stream(feed, event, received_us, self.now_ms)
            else:
                feed.take_trades(event, received_us, self.now_ms)
                self._timers.arm(feed)
            if self._venue.depth_tells_time:
                self._take_clock(shard, feed, event, received_us)

    def _take_ticker(
        self, shard: Shard, feed: SymbolFeed, ticker: Ticker, received_us: int
    ) -> None:
        interest = self._interest[feed.symbol]
        due = interest.take(ticker, received_us)
        if interest.mark_price is not None:
            feed.on_mark(interest.mark_price)
        if ticker.event_time:
            self._take_clock(shard, feed, ticker, received_us)
        if due is not None:
            self.interest.put(due)

    def _take_clock(
        self, shard: Shard, feed: SymbolFeed, event: FeedEvent, received_us: int
    ) -> None:
        is_known = shard.route.carries_trades and self._clocks.of(shard.name).is_known
        least_ms = self._settings.heartbeat_ms if is_known else 0
        feed.on_clock(venue_time_of(event), received_us, self.now_ms, least_ms)

    def _unblock(self, feed: SymbolFeed) -> None:
        feed.unblock()
        reason = (
            f"outbox full: {feed.lost_depth} depth records and {feed.lost_trades} trades "
            "lost since the start"
        )
        logger.warning("%s: %s", feed.symbol, reason)
        for route in self._venue.routes:
            for stream in route.streams(feed.symbol):
                self.health.note(stream, feed.symbol, StreamState.GAP, reason)

    def _newest_time(self, symbol: str) -> int:
        feed = self.feeds.get(symbol)
        return feed.newest_time if feed is not None else 0

    def _state(self, status: FeedStatus) -> None:
        self._outlet.put(status, bypass_limit=True)
