"""A reader of what ingest publishes, which rebuilds the books and notices what is wrong."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition

from schemas.control import DeadLetter
from schemas.kafka.consumer import ClosingConsumer
from schemas.market import (
    AnyDepth,
    BookReset,
    DepthDiff,
    DepthSnapshot,
    FeedStatus,
    ResetReason,
    StreamState,
    Trades,
)
from schemas.topics import DEAD_LETTERS, DEPTH, OPEN_INTEREST, STATUS, TRADES

Best = tuple[float, float, float, float]
"""Best bid and its quantity, best ask and its quantity."""


@dataclass
class SymbolLog:
    """The book of one symbol as a reader of `market.depth` builds it, and what it noticed."""

    bids: dict[float, float] = field(default_factory=dict)
    asks: dict[float, float] = field(default_factory=dict)
    valid: bool = False
    last_id: int = 0
    covered: tuple[float, float] = (0.0, 0.0)
    """Range of prices that the newest snapshot described."""
    bests: dict[int, Best] = field(default_factory=dict)
    """Best levels after each update, by update id."""
    resets: list[ResetReason] = field(default_factory=list)
    """Reasons for which the book was lost, without the repetitions."""
    snapshots: int = 0
    diffs: int = 0
    trades: int = 0
    late_trades: int = 0
    """Trades that an earlier pack had promised not to come any more."""
    depth_time: int = 0
    watermark: int = 0
    kept: dict[int, tuple[dict[float, float], dict[float, float]]] | None = None
    """Copies of the book by update id, while somebody wants them."""

    def take(self, record: AnyDepth) -> None:
        """Apply the next depth record; a break of the promises of the log fails the test."""
        assert record.event_time >= self.depth_time, "depth times run backwards"
        self.depth_time = record.event_time
        if isinstance(record, BookReset):
            if self.valid or not self.resets:
                self.resets.append(record.reason)
            self.valid = False
        elif isinstance(record, DepthSnapshot):
            assert not self.valid, "a snapshot without a reset before it"
            self._start(record)
        elif isinstance(record, DepthDiff):
            assert self.valid, "an update of a book that is not valid"
            self._apply(record)

    def take_trades(self, pack: Trades) -> None:
        """Hold a pack to the promises of those before it."""
        self.late_trades += sum(trade.event_time <= self.watermark for trade in pack.trades)
        assert pack.watermark >= self.watermark, "the watermark of trades runs backwards"
        self.watermark = pack.watermark
        self.trades += len(pack.trades)

    def _start(self, record: DepthSnapshot) -> None:
        self.bids, self.asks = dict(record.bids), dict(record.asks)
        self.covered = (min(self.bids), max(self.asks))
        self.last_id = record.last_update_id
        self.valid = True
        self.snapshots += 1
        self._fresh = True

    def _apply(self, record: DepthDiff) -> None:
        if self._fresh:
            spans = record.first_update_id <= self.last_id <= record.last_update_id
            assert spans or record.prev_update_id == self.last_id, "no bridge to the snapshot"
        else:
            assert record.prev_update_id == self.last_id, "a gap without a reset"
        self._fresh = False
        for side, levels in ((self.bids, record.bids), (self.asks, record.asks)):
            for price, qty in levels:
                if qty:
                    side[price] = qty
                else:
                    side.pop(price, None)
        self.last_id = record.last_update_id
        self.diffs += 1
        bid, ask = max(self.bids), min(self.asks)
        self.bests[self.last_id] = (bid, self.bids[bid], ask, self.asks[ask])
        if self.kept is not None:
            self.kept[self.last_id] = (dict(self.bids), dict(self.asks))

    _fresh: bool = False

    def has_reached(self, number: int) -> bool:
        """Return whether the book is valid and as new as an update id."""
        return self.valid and self.last_id >= number

    @property
    def is_moving(self) -> bool:
        """Whether book and trades have come far enough to begin with."""
        return self.valid and self.diffs > 20 and self.trades > 0

    def differences(self, book: dict[str, Any]) -> list[str]:
        """Compare the kept copy with the exchange's own book at the same update id.

        Within the prices of the snapshot the two are equal; beyond them the log knows what has
        changed since, and knows it right.
        """
        assert self.kept is not None
        low, high = self.covered
        found = []
        for name, kept in zip(("bids", "asks"), self.kept[book["last_update_id"]], strict=True):
            theirs, mine = dict(book[name]), kept
            if book["is_window"]:
                # Beyond the published levels nobody knows what changed.
                edge = min(theirs) if name == "bids" else max(theirs)
                sign = 1 if name == "bids" else -1
                mine = {p: qty for p, qty in kept.items() if sign * p >= sign * edge}
            wrong = [price for price, qty in mine.items() if theirs.get(price) != qty]
            missing = [price for price in theirs if low <= price <= high and price not in mine]
            found += [f"{name} {price}: wrong" for price in wrong]
            found += [f"{name} {price}: missing" for price in missing]
        return found


@dataclass
class TopicLog:
    """Everything that ingest has published, as it comes."""

    symbols: defaultdict[str, SymbolLog] = field(default_factory=lambda: defaultdict(SymbolLog))
    statuses: list[FeedStatus] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    polls: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    venues: "dict[str, TopicLog]" = field(default_factory=dict)
    """Logs of single venues, which take their records instead."""
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by who knows that nothing more is published: reading then stops at the end."""

    async def read(self, address: str, started: asyncio.Event) -> None:
        """Read the topics from their present ends until `complete`, or until cancelled."""
        consumer = ClosingConsumer(bootstrap_servers=address, fetch_max_wait_ms=50)
        await consumer.start()
        try:
            topics = (DEPTH, TRADES, OPEN_INTEREST, STATUS, DEAD_LETTERS)
            consumer.assign([TopicPartition(topic.name, 0) for topic in topics])
            await consumer.seek_to_end()
            started.set()
            adapters = {topic.name: topic.adapter for topic in topics}
            while not (self.complete.is_set() and await _is_at_the_end(consumer)):
                for partition, records in (await consumer.getmany(timeout_ms=100)).items():
                    for record in records:
                        self._take(adapters[partition.topic].validate_json(record.value))
                self.news.set()
        finally:
            await consumer.stop()

    def of_venue(self, venue: str) -> "TopicLog":
        """Return a log for the records of a venue, whose names of symbols others may have too."""
        return self.venues.setdefault(venue, TopicLog(news=self.news))

    def states(self, stream: str) -> list[StreamState]:
        """Return the states that a stream went through."""
        return [status.state for status in self.statuses if status.stream == stream]

    def _take(self, record: Any) -> None:
        own = self.venues.get(getattr(record, "venue", ""))
        if own is not None:
            own._take(record)
        elif isinstance(record, DeadLetter):
            self.dead_letters.append(record)
        elif isinstance(record, FeedStatus):
            self.statuses.append(record)
        elif isinstance(record, Trades):
            self.symbols[record.symbol].take_trades(record)
        elif isinstance(record, AnyDepth):
            self.symbols[record.symbol].take(record)
        else:
            self.polls += 1


async def _is_at_the_end(consumer: ClosingConsumer) -> bool:
    ends = await consumer.end_offsets(list(consumer.assignment()))
    return all([await consumer.position(partition) >= end for partition, end in ends.items()])
