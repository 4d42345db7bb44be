"""An exchange with faults, the real ingest, a real broker, and a reader that rebuilds the books."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CoroutineType
from typing import Any

import psutil
from aiokafka import TopicPartition

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.control import BOOK_PATH, FAULTS_PATH
from ingest.service import run_ingest
from schemas.control import DeadLetter
from schemas.kafka_consumer import ClosingConsumer
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    FeedStatus,
    ResetReason,
    StreamState,
    Trades,
)
from schemas.settings import IngestSettings, KafkaSettings, Settings
from schemas.topics import DEAD_LETTERS, DEPTH, OPEN_INTEREST, STATUS, TRADES
from tests.support.exchange import Running, running

HIT, OTHER = "BTCUSDT", "ETHUSDT"
"""Faults strike the first; the second must not notice where it can be helped."""
SPEED = 5.0
"""Market seconds per second; scenarios divide their times by as much."""
JOURNAL_STEPS = 20_000
PARTITIONS = 1
STOP_S = 3.0

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

    def take(self, record: DepthSnapshot | DepthDiff | BookReset | DepthHeartbeat) -> None:
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
        for name, mine in zip(("bids", "asks"), self.kept[book["last_update_id"]], strict=True):
            theirs = dict(book[name])
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

    def states(self, stream: str) -> list[StreamState]:
        """Return the states that a stream went through."""
        return [status.state for status in self.statuses if status.stream == stream]

    def _take(self, record: Any) -> None:
        if isinstance(record, DeadLetter):
            self.dead_letters.append(record)
        elif isinstance(record, FeedStatus):
            self.statuses.append(record)
        elif isinstance(record, Trades):
            self.symbols[record.symbol].take_trades(record)
        elif isinstance(record, DepthSnapshot | DepthDiff | BookReset | DepthHeartbeat):
            self.symbols[record.symbol].take(record)
        else:
            self.polls += 1


async def _is_at_the_end(consumer: ClosingConsumer) -> bool:
    ends = await consumer.end_offsets(list(consumer.assignment()))
    return all([await consumer.position(partition) >= end for partition, end in ends.items()])


OWNERS = ("/ingest/", "/aiohttp/", "/websockets/")
"""Whose tasks are counted: those of broker client and test come and go."""
READ_S = 10.0
"""For reading the last records of a run."""
KEPT_ALIVE = 4
"""Ends of idle REST connections that may be open now and not before, all in this process."""


@dataclass(frozen=True)
class Footprint:
    """What exchange and ingest hold."""

    tasks: Counter[str]
    connections: int
    """WebSocket connections that the exchange has open."""
    sockets: int

    def excess(self, before: "Footprint") -> str:
        """Return what there is more of than before, empty if nothing."""
        if more := self.tasks - before.tasks:
            return f"tasks {dict(more)}"
        if self.connections > before.connections:
            return f"{self.connections} connections, there were {before.connections}"
        if self.sockets > before.sockets + KEPT_ALIVE:
            return f"{self.sockets} sockets, there were {before.sockets}"
        return ""


@dataclass
class Rig:
    """The running parts."""

    exchange: Running
    log: TopicLog
    ingest: "asyncio.Task[dict[str, Any]]"
    reader: "asyncio.Task[None]"
    stop: asyncio.Event

    async def until(self, condition: Callable[[], bool], within_s: float, what: str) -> float:
        """Wait for a condition on the log; return how long it took, s."""
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    self.log.news.clear()
                    news = asyncio.ensure_future(self.log.news.wait())
                    await asyncio.wait(
                        (news, self.ingest, self.reader), return_when=asyncio.FIRST_COMPLETED
                    )
                    news.cancel()
                    for task in (self.ingest, self.reader):
                        if task.done():
                            task.result()
                            raise AssertionError(f"ended while waiting for: {what}")
        except TimeoutError:
            raise AssertionError(f"not within {within_s:g} s: {what}") from None
        return time.monotonic() - began_s

    async def settled(self, within_s: float = 10.0) -> None:
        """Wait until both books are valid and move, and trades flow."""
        for symbol in (HIT, OTHER):
            await self._moving(symbol, within_s)
            await self.same_book(symbol, within_s)

    async def _moving(self, symbol: str, within_s: float) -> None:
        log = self.log.symbols[symbol]
        await self.until(lambda: log.is_moving, within_s, f"{symbol} is settled")

    async def inject(self, *faults: dict[str, Any], time_scale: float = SPEED) -> None:
        """Give faults to the exchange."""
        url = self.exchange.ready["rest_url"] + FAULTS_PATH
        body = {"faults": list(faults), "time_scale": time_scale}
        async with self.exchange.session.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def faults_over(self, within_s: float) -> list[str]:
        """Wait until every fault is over; return the kinds of those that never struck."""
        async with asyncio.timeout(within_s):
            while True:
                faults = (await self.exchange.status())["faults"]
                if all(fault["state"] == "over" for fault in faults):
                    return [fault["kind"] for fault in faults if not fault["hits"]]
                await asyncio.sleep(0.02)

    async def footprint(self) -> Footprint:
        """Return what is held now."""
        connections = (await self.exchange.status())["connections"]
        names = [
            coroutine.__qualname__
            for task in asyncio.all_tasks()
            if isinstance(coroutine := task.get_coro(), CoroutineType)
            and any(owner in coroutine.cr_code.co_filename for owner in OWNERS)
        ]
        sockets = len(psutil.Process().net_connections("tcp"))
        return Footprint(Counter(names), connections, sockets)

    async def nothing_left(self, before: Footprint, within_s: float) -> None:
        """Wait until no more is held than before."""
        deadline_s = time.monotonic() + within_s
        while excess := (await self.footprint()).excess(before):
            assert time.monotonic() < deadline_s, f"left behind: {excess}"
            await asyncio.sleep(0.05)

    async def same_book(self, symbol: str, within_s: float) -> None:
        """Wait until the log's book is valid and equal to the exchange's at the same update id."""
        log = self.log.symbols[symbol]
        deadline_s = time.monotonic() + within_s
        while True:
            left_s = deadline_s - time.monotonic()
            await self.until(partial(log.has_reached, 0), left_s, f"{symbol} has a valid book")
            log.kept = {log.last_id: (dict(log.bids), dict(log.asks))}
            _, book, _ = await self.exchange.get(BOOK_PATH, symbol=symbol)
            number: int = book["last_update_id"]
            left_s = deadline_s - time.monotonic()
            await self.until(partial(log.has_reached, number), left_s, f"{symbol} is at {number}")
            if number in log.kept:
                assert log.differences(book) == []
                log.kept = None
                self.same_bests(symbol, book)
                return

    def same_bests(self, symbol: str, book: dict[str, Any]) -> None:
        """Check the best levels after every update since the last time."""
        own = {number: tuple(best) for number, *best in book["best"]}
        bests = self.log.symbols[symbol].bests
        # The exchange remembers a limited time.
        known = [number for number in bests if number in own]
        # A book that is no more than a snapshot so far has no updates to compare.
        assert known or not bests
        assert [number for number in known if bests[number] != own[number]] == []
        for number in [n for n in bests if n <= book["last_update_id"]]:
            del bests[number]


@asynccontextmanager
async def rig(
    address: str,
    state_dir: Path,
    exchange: dict[str, Any] | None = None,
    ingest: dict[str, Any] | None = None,
) -> AsyncIterator[Rig]:
    """Run exchange, ingest and reader on the broker at `address` for the length of the block.

    The topics must exist, with one partition each.
    """
    config = ExchangeConfig(
        symbols=(HIT, OTHER), speed=SPEED, journal_steps=JOURNAL_STEPS, **(exchange or {})
    )
    async with running(config) as venue:
        settings = Settings(
            kafka=KafkaSettings(brokers=address, partitions=PARTITIONS, retention_ms=-1),
            ingest=IngestSettings(
                websocket_url=venue.ready["websocket_url"],
                rest_url=venue.ready["rest_url"],
                symbols=(HIT, OTHER),
                smart_money_symbols=(),
                state_dir=state_dir,
                **(ingest or {}),
            ),
        )
        log, started, stop = TopicLog(), asyncio.Event(), asyncio.Event()
        reader = asyncio.create_task(log.read(address, started))
        await asyncio.wait_for(started.wait(), 10.0)
        task = asyncio.create_task(run_ingest(settings, stop, lambda _: None))
        running_rig = Rig(venue, log, task, reader, stop)
        try:
            yield running_rig
        finally:
            stop.set()
            try:
                await asyncio.wait_for(task, STOP_S)
                log.complete.set()
                await asyncio.wait_for(reader, READ_S)
            finally:
                reader.cancel()
                await asyncio.wait((reader,))
