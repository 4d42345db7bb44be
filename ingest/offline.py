"""Turns a capture file into the records that ingest would publish, without a network.

The same parsing, synchronisation and packing as the live service; the clock is the
lines' receive times. A snapshot is processed at its place in the file.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from math import inf
from pathlib import Path
from typing import NamedTuple

from ingest.capture import INSTRUMENT_MARK, CaptureLine, instrument_of
from ingest.capture_head import TRADES, CaptureHead, last_price
from ingest.errors import FrameError, IngestError
from ingest.feeds.quote_rates import (
    PairPrice,
    QuoteRates,
    is_price_line,
    links_dollar,
    read_price,
)
from ingest.feeds.stream_interest import StreamInterest
from ingest.feeds.symbol_feed import CLOCK_STEP_MS, SymbolFeed
from ingest.feeds.time_gate import TimeGate
from ingest.kept_lines import KeptLines
from ingest.publish.dead_letters import dead_letter
from ingest.publish.outlet import PutResult
from ingest.snapshot_owner import SnapshotOwner
from ingest.venues.base import Venue
from ingest.venues.events import (
    FEED_EVENTS,
    BookSnapshot,
    DepthUpdate,
    MarkPrice,
    Ticker,
    venue_time_of,
)
from ingest.venues.parsed import Event
from ingest.venues.registry import venue_of
from schemas.control import DeadLetter
from schemas.instrument import Instrument
from schemas.record import Record
from schemas.settings import Settings

FRAME_MARK = b'{"stream":"'
"""Begin of a line that can be nothing but a frame."""
SAMPLED_LINES = 1_000
"""Lines from which the venue's clock offset against the collector's is learned."""


def market_records(
    path: Path, settings: Settings, symbols: Collection[str] | None = None
) -> Iterator[Record | DeadLetter]:
    """Yield depth and trade records in file order, and dead letters for unreadable lines.

    `symbols`: those to follow; None follows all of the capture. Ends with the final trade pack and
    depth heartbeat of every symbol. Raises IngestError if the file is not a valid capture.
    """
    for _, record in timed_records(path, settings, symbols):
        yield record


def timed_records(
    path: Path,
    settings: Settings,
    symbols: Collection[str] | None = None,
    kept: KeptLines | None = None,
) -> Iterator[tuple[float, Record | DeadLetter]]:
    """Yield what `market_records` yields, each with the receive time (ms, collector's clock) of the
    line that completed it. The times never go back. `kept`: the lines of the file, where somebody
    has read them already. Raises IngestError."""
    lines = (kept or KeptLines(path, settings.ingest)).used()
    head = list(islice(lines, SAMPLED_LINES))
    reading = _Reading(settings, symbols, [line for line in head if isinstance(line, CaptureLine)])
    for line in chain(head, lines):
        if isinstance(line, CaptureLine):
            reading.take(line)
        else:
            reading.pass_unused(line)
        if reading.has_records:
            for record in reading.drain():
                yield reading.now_ms, record
    reading.finish()
    for record in reading.drain():
        yield reading.now_ms, record


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
        self._depth_tells_time = self._venue.depth_tells_time
        told_first = CaptureHead(self._venue, head)
        self._time_gate: TimeGate[_Item] = TimeGate(
            self._settings.max_ahead_ms,
            lambda item, reason: self._refuse(item.line, f"{item.stream}: {reason}"),
            told_first.clock_offsets_ms(),
        )
        self._wanted = None if symbols is None else {symbol.upper() for symbol in symbols}
        self._instruments: dict[str, Instrument] = {}
        self._interest: dict[str, StreamInterest] = {}
        self._feeds: dict[str, SymbolFeed] = {}
        self._owner = SnapshotOwner()
        self._rates = QuoteRates(settings.quotes)
        for told in told_first.first_prices():
            self._rates.take(told)
        self._early: tuple[BookSnapshot, int] | None = None
        """A snapshot without symbol that precedes every depth frame."""
        self._ready: list[Record | DeadLetter] = []
        self._now_ms = 0.0
        self._due_ms = 0.0
        """Receive time from which something may be due although nothing happens."""
        self._shortest_ms = min(settings.ingest.pack_ms, settings.ingest.heartbeat_ms)
        """Nothing that is begun now is due earlier than after this time."""

    @property
    def now_ms(self) -> float:
        """Receive time of the newest line that was taken, ms; never goes back."""
        return self._now_ms

    @property
    def has_records(self) -> bool:
        """Whether records are completed."""
        return bool(self._ready)

    def drain(self) -> list[Record | DeadLetter]:
        """Return the completed records."""
        ready, self._ready = self._ready, []
        return ready

    def take(self, line: CaptureLine) -> None:
        """Process one line."""
        received_us = line.received_ns // 1_000
        # A collector's clock may be set back; packing needs a monotonic one.
        now_ms = max(self._now_ms, line.received_ns / 1e6)
        payload = line.payload
        try:
            if not payload.startswith(FRAME_MARK) or line.fault:
                if line.fault:
                    raise FrameError(line.fault)
                if payload.startswith(INSTRUMENT_MARK):
                    told = instrument_of(payload)
                    self._instruments[told.symbol] = told
                    return
                if is_price_line(payload):
                    self._take_price(read_price(payload))
                    return
                if self._venue.is_depth_answer(payload):
                    snapshot = self._venue.parse_snapshot(payload)
                    self._let_time_pass(now_ms)
                    self._take_snapshot(self._timed(snapshot, line), received_us)
                    return
            stream, event, stated_time = self._venue.parse(payload)
        except FrameError as error:
            self._refuse(line, str(error))
            return
        gate = self._time_gate
        if not stated_time:
            self._let_time_pass(now_ms)
            self._take_event(event, received_us)
        elif gate.is_paced:
            # Nothing is held: the shorter way of most frames.
            if fault := gate.fault(stated_time, received_us, now_ms):
                self._refuse(line, f"{stream}: {fault}")
                return
            self._let_time_pass(now_ms)
            self._take_event(event, received_us)
        else:
            item, symbol = _Item(line, stream, event), getattr(event, "symbol", "")
            for admitted in gate.admit(item, stated_time, received_us, now_ms, symbol):
                # A refused line changes nothing, not even the clock.
                self._let_time_pass(max(self._now_ms, admitted.line.received_ns / 1e6))
                self._take_event(admitted.event, admitted.line.received_ns // 1_000)

    def pass_unused(self, received_ns: int) -> None:
        """Let the time pass up to a line whose frame is not used."""
        now_ms = received_ns / 1e6
        if now_ms >= self._now_ms:
            self._now_ms = now_ms
            if now_ms >= self._due_ms:
                self._let_time_pass(now_ms)

    def finish(self) -> None:
        """The file has ended."""
        self._time_gate.finish()
        for feed in self._feeds.values():
            feed.finish(self._now_ms)

    def _take_price(self, told: PairPrice) -> None:
        if self._rates.take(told):
            for feed in self._feeds.values():
                feed.trades.quote_is_worth(self._rates.of(feed.symbol))

    def _let_time_pass(self, now_ms: float) -> None:
        self._now_ms = now_ms
        if now_ms < self._due_ms:
            return
        due_ms = inf
        for feed in self._feeds.values():
            feed.on_depth_proved(feed.clock_time)
            feed.tick(now_ms)
            due_ms = min(due_ms, feed.due_ms)
        self._due_ms = due_ms

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
        if isinstance(event, TRADES):
            if links_dollar(event.symbol):
                self._take_price(last_price(event))
        elif not isinstance(event, FEED_EVENTS):
            return
        feed = self._feeds.get(event.symbol) or self._feed(event.symbol)
        if feed is None:
            return
        # What this begins is due no earlier.
        self._due_ms = min(self._due_ms, self._now_ms + self._shortest_ms - CLOCK_STEP_MS)
        if isinstance(event, TRADES):
            feed.take_trades(event, received_us, self._now_ms)
        elif isinstance(event, DepthUpdate):
            self._take_depth(feed, event, received_us)
        elif isinstance(event, BookSnapshot):
            feed.on_image(event, received_us, self._now_ms)
        elif isinstance(event, MarkPrice):
            feed.on_mark(event.mark_price)
            feed.on_clock(event.sent_time, received_us, self._now_ms)
            return
        elif isinstance(event, Ticker):
            self._take_ticker(feed, event, received_us)
            return
        else:
            feed.on_skipped_trade(event)
            return
        if self._depth_tells_time:
            feed.on_clock(venue_time_of(event), received_us, self._now_ms)

    def _take_depth(self, feed: SymbolFeed, update: DepthUpdate, received_us: int) -> None:
        self._owner.heard(update.symbol)
        if self._early is not None:
            feed.on_snapshot(*self._early, self._now_ms)
            self._early = None
        feed.on_depth(update, received_us, self._now_ms)
        if feed.depth.wants_snapshot:
            # Requested at once, as in the live service, so the watermark stays meanwhile.
            feed.depth.snapshot_requested()

    def _take_ticker(self, feed: SymbolFeed, ticker: Ticker, received_us: int) -> None:
        if ticker.mark_price is not None:
            feed.on_mark(ticker.mark_price)
        if ticker.event_time:
            feed.on_clock(ticker.event_time, received_us, self._now_ms)
        interest = self._interest.setdefault(
            ticker.symbol,
            StreamInterest(
                self._venue.name, ticker.symbol, self._settings.open_interest_interval_s
            ),
        )
        due = interest.take(ticker, received_us)
        if due is not None:
            self._ready.append(due)
            feed.trades.interest_acknowledged(due.event_time)

    def _take_snapshot(self, snapshot: BookSnapshot, received_us: int) -> None:
        self._due_ms = 0.0
        if not (snapshot.symbol or self._owner.knows_any):
            self._early = (snapshot, received_us)
            return
        owner = (
            self._feed(snapshot.symbol)
            if snapshot.symbol
            else self._owner.of(snapshot, self._feeds)
        )
        if owner is not None:
            owner.on_snapshot(snapshot, received_us, self._now_ms)

    def _feed(self, symbol: str) -> SymbolFeed | None:
        feed = self._feeds.get(symbol)
        if feed is None and (self._wanted is None or symbol in self._wanted):
            feed = SymbolFeed(
                self._venue.name,
                symbol,
                self._venue.sequence,
                self._settings,
                self._ready_record,
                self._instrument(symbol),
                self._venue.traits,
            )
            feed.trades.quote_is_worth(self._rates.of(symbol))
            self._feeds[symbol] = feed
        return feed

    def _instrument(self, symbol: str) -> Instrument:
        """Return a symbol's units, as the capture states them or its name tells."""
        told = self._instruments.get(symbol) or self._venue.instrument(symbol)
        if told is None:
            raise IngestError(
                f"capture: the contract size of {symbol} is not stated in it; record it with "
                "wallwatch record, or put a line with its instrument before its frames"
            )
        return told

    def _ready_record(self, record: Record, bypass_limit: bool = False) -> PutResult:
        self._ready.append(record)
        return PutResult.TAKEN

    def _refuse(self, line: CaptureLine, reason: str) -> None:
        source = f"{self._venue.name}:capture line {line.number}"
        self._ready.append(dead_letter(source, line.received_ns // 1_000, reason, line.payload))
