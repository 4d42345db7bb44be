"""Turns a capture file into the records that ingest would publish, without a network.

The same parsing, synchronisation and packing as the live service; the clock is the
lines' receive times. A snapshot is processed at its place in the file.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from ingest.capture import CaptureLine, read_capture
from ingest.errors import FrameError
from ingest.feeds.symbol_feed import SymbolFeed
from ingest.feeds.time_gate import TimeGate
from ingest.publish.dead_letters import dead_letter
from ingest.publish.outlet import PutResult
from ingest.venues.base import Venue
from ingest.venues.events import (
    BookSnapshot,
    DepthUpdate,
    Event,
    MarkPrice,
    SkippedTrade,
    TradeUpdate,
    venue_time_of,
)
from ingest.venues.registry import venue_of
from schemas.control import DeadLetter
from schemas.record import Record
from schemas.settings import Settings

_SNAPSHOT_MARK = b'"lastUpdateId"'
_STREAM_MARK = b'"stream"'
_HEAD_BYTES = 64
SAMPLED_LINES = 1_000
"""Lines from which the venue's clock offset against the collector's is learned."""


def market_records(
    path: Path, settings: Settings, symbols: Collection[str] | None = None
) -> Iterator[Record | DeadLetter]:
    """Yield depth and trade records in file order, and dead letters for unreadable lines.

    `symbols`: those to follow; None follows all of the capture. Ends with the final trade pack and
    depth heartbeat of every symbol. Raises IngestError if the file is not a valid capture.
    """
    lines = read_capture(path)
    head = list(islice(lines, SAMPLED_LINES))
    reading = _Reading(settings, symbols, head)
    for line in chain(head, lines):
        reading.take(line)
        yield from reading.drain()
    reading.finish()
    yield from reading.drain()


class _Item(NamedTuple):
    """A frame whose stated time is not admitted yet."""

    line: CaptureLine
    stream: str
    event: Event


class _Reading:
    """State of one pass over a file."""

    def __init__(
        self, settings: Settings, symbols: Collection[str] | None, head: Sequence[CaptureLine]
    ) -> None:
        self._settings = settings.ingest
        self._venue: Venue = venue_of(settings.ingest)
        self._time_gate: TimeGate[_Item] = TimeGate(
            self._settings.max_ahead_ms,
            lambda item, reason: self._refuse(item.line, f"{item.stream}: {reason}"),
            _differences(self._venue, head),
        )
        self._wanted = None if symbols is None else {symbol.upper() for symbol in symbols}
        self._feeds: dict[str, SymbolFeed] = {}
        self._newest_depth: list[str] = []
        """Symbols ordered by their newest depth frame, newest last."""
        self._early: tuple[BookSnapshot, int] | None = None
        """A snapshot without symbol that precedes every depth frame."""
        self._ready: list[Record | DeadLetter] = []
        self._now_ms = 0.0

    def drain(self) -> list[Record | DeadLetter]:
        """Return the completed records."""
        ready, self._ready = self._ready, []
        return ready

    def take(self, line: CaptureLine) -> None:
        """Process one line."""
        received_us = line.received_ns // 1_000
        # A collector's clock may be set back; packing needs a monotonic one.
        now_ms = max(self._now_ms, line.received_ns / 1e6)
        try:
            if line.fault:
                raise FrameError(line.fault)
            if _is_snapshot(line.payload):
                snapshot = self._venue.parse_snapshot(line.payload)
            else:
                stream, event, stated_time = self._venue.parse(line.payload)
                snapshot = None
        except FrameError as error:
            self._refuse(line, str(error))
            return
        if snapshot is not None:
            self._let_time_pass(now_ms)
            self._take_snapshot(self._timed(snapshot, line), received_us)
        elif not stated_time:
            self._let_time_pass(now_ms)
            self._take_event(event, received_us)
        else:
            item = _Item(line, stream, event)
            for admitted in self._time_gate.admit(item, stated_time, received_us, now_ms):
                # A refused line changes nothing, not even the clock.
                self._let_time_pass(max(self._now_ms, admitted.line.received_ns / 1e6))
                self._take_event(admitted.event, admitted.line.received_ns // 1_000)

    def finish(self) -> None:
        """The file has ended."""
        self._time_gate.finish()
        for feed in self._feeds.values():
            feed.finish(self._now_ms)

    def _let_time_pass(self, now_ms: float) -> None:
        self._now_ms = now_ms
        for feed in self._feeds.values():
            feed.on_depth_proved(feed.clock_time)
            feed.tick(now_ms)

    def _timed(self, snapshot: BookSnapshot, line: CaptureLine) -> BookSnapshot:
        """Return the snapshot, without its time where that is ahead of the clock."""
        stated_time, received_us = snapshot.stated_time, line.received_ns // 1_000
        fault = stated_time and self._time_gate.fault(stated_time, received_us, self._now_ms)
        if not fault:
            return snapshot
        self._refuse(line, f"depth snapshot: {fault}")
        # Its update id gives its place; without a time it takes that of adjacent updates.
        return snapshot._replace(event_time=0)

    def _take_event(self, event: Event, received_us: int) -> None:
        if not isinstance(event, DepthUpdate | TradeUpdate | SkippedTrade | MarkPrice):
            return
        feed = self._feed(event.symbol)
        if feed is None:
            return
        if isinstance(event, SkippedTrade):
            feed.on_skipped_trade(event)
            return
        if isinstance(event, DepthUpdate):
            if not self._newest_depth or self._newest_depth[-1] != event.symbol:
                self._newest_depth = [s for s in self._newest_depth if s != event.symbol]
                self._newest_depth.append(event.symbol)
            if self._early is not None:
                feed.on_snapshot(*self._early, self._now_ms)
                self._early = None
            feed.on_depth(event, received_us, self._now_ms)
            if feed.depth.wants_snapshot:
                # Requested at once, as in the live service, so the watermark stays meanwhile.
                feed.depth.snapshot_requested()
        elif isinstance(event, TradeUpdate):
            feed.on_trade(event.trade, received_us, self._now_ms)
        else:
            feed.on_mark(event.mark_price)
            feed.on_clock(event.sent_time, received_us, self._now_ms)
        if self._venue.depth_tells_time and not isinstance(event, MarkPrice):
            feed.on_clock(venue_time_of(event), received_us, self._now_ms)

    def _take_snapshot(self, snapshot: BookSnapshot, received_us: int) -> None:
        owner = self._owner(snapshot)
        if not (snapshot.symbol or self._newest_depth):
            self._early = (snapshot, received_us)
        elif owner is not None:
            owner.on_snapshot(snapshot, received_us, self._now_ms)

    def _owner(self, snapshot: BookSnapshot) -> SymbolFeed | None:
        """Return the feed a snapshot belongs to.

        Plain answers do not name their symbol: it is the one whose buffered updates connect to it,
        else the waiting one with the newest depth frame.
        """
        if snapshot.symbol:
            return self._feed(snapshot.symbol)
        feeds = [self._feeds[symbol] for symbol in reversed(self._newest_depth)]
        waiting = [feed for feed in feeds if feed.depth.waits_for_snapshot]
        connected = (feed for feed in waiting if feed.depth.would_bridge(snapshot))
        return next(connected, waiting[0] if waiting else None)

    def _feed(self, symbol: str) -> SymbolFeed | None:
        feed = self._feeds.get(symbol)
        if feed is None and (self._wanted is None or symbol in self._wanted):
            feed = SymbolFeed(
                self._venue.name, symbol, self._venue.sequence, self._settings, self._ready_record
            )
            self._feeds[symbol] = feed
        return feed

    def _ready_record(self, record: Record, bypass_limit: bool = False) -> PutResult:
        self._ready.append(record)
        return PutResult.TAKEN

    def _refuse(self, line: CaptureLine, reason: str) -> None:
        source = f"{self._venue.name}:capture line {line.number}"
        self._ready.append(dead_letter(source, line.received_ns // 1_000, reason, line.payload))


def _differences(venue: Venue, lines: Iterable[CaptureLine]) -> list[float]:
    """Return stated time minus receive time of the frames that state one, ms."""
    differences: list[float] = []
    for line in lines:
        if line.fault or _is_snapshot(line.payload):
            continue
        try:
            stated_time = venue.parse(line.payload).stated_time
        except FrameError:
            # Dead-lettered when its turn comes.
            continue
        if stated_time:
            differences.append(stated_time - line.received_ns / 1e6)
    return differences


def _is_snapshot(payload: bytes) -> bool:
    # A frame begins with its stream, so checking the prefix avoids a second parse.
    head = payload[:_HEAD_BYTES]
    return _STREAM_MARK not in head and _SNAPSHOT_MARK in payload
