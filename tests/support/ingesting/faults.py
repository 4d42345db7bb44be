"""An exchange with faults, the real ingest, a real broker, and a reader of what is published."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CoroutineType
from typing import Any

import psutil

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.control import BOOK_PATH, FAULTS_PATH
from ingest.service import run_ingest
from schemas.settings import IngestSettings, KafkaSettings, Settings
from tests.support.ingesting.topic_log import TopicLog
from tests.support.servers.exchange import Running, running

HIT, OTHER = "BTCUSDT", "ETHUSDT"
"""Faults strike the first; the second must not notice where it can be helped."""
SPEED = 5.0
"""Market seconds per second; scenarios divide their times by as much."""
JOURNAL_STEPS = 20_000
PARTITIONS = 1
STOP_S = 3.0

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
    symbols: tuple[str, str] = (HIT, OTHER)
    """The one that faults strike, and the other."""

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
        for symbol in self.symbols:
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
    symbols: tuple[str, str] = (HIT, OTHER),
) -> AsyncIterator[Rig]:
    """Run exchange, ingest and reader on the broker at `address` for the length of the block.

    The topics must exist, with one partition each.
    """
    config = ExchangeConfig(
        symbols=symbols, journal_steps=JOURNAL_STEPS, **({"speed": SPEED} | (exchange or {}))
    )
    async with running(config) as venue:
        settings = Settings(
            kafka=KafkaSettings(brokers=address, partitions=PARTITIONS, retention_ms=-1),
            ingest=IngestSettings(
                websocket_url=venue.ready["websocket_url"],
                rest_url=venue.ready["rest_url"],
                symbols=symbols,
                smart_money_symbols=(),
                state_dir=state_dir,
                # The market runs SPEED times as fast as the clock.
                **({"max_ahead_ms": 0} | (ingest or {})),
            ),
        )
        log, started, stop = TopicLog(), asyncio.Event(), asyncio.Event()
        reader = asyncio.create_task(log.read(address, started))
        await asyncio.wait_for(started.wait(), 10.0)
        task = asyncio.create_task(run_ingest(settings, stop, lambda _: None))
        running_rig = Rig(venue, log, task, reader, stop, symbols)
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
