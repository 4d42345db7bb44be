"""One session with a venue: its connections, snapshots and timers, until stopped or exhausted."""

import asyncio
from collections.abc import Callable, Container, Coroutine, Iterable, Mapping
from typing import Any, Final

from ingest.connections.backoff import Backoff
from ingest.connections.connection import ConnectionEnd, ConnectionResult
from ingest.connections.pace import ConnectPace
from ingest.connections.shard_connection import ShardConnection
from ingest.connections.shards import Shard, ShardMap
from ingest.connections.supervisor import ShardKeeper
from ingest.errors import IngestError
from ingest.feeds.snapshot_rank import snapshot_rank
from ingest.feeds.snapshots import SnapshotFetcher
from ingest.feeds.symbol_feed import SymbolFeed
from ingest.live import LiveMarket
from ingest.publish.outlet import RecordOutlet
from ingest.rest_api.client import RestClient
from ingest.venues.base import Venue
from ingest.venues.events import BookSnapshot
from ingest.venues.parsed import Reply
from schemas.instrument import Instrument
from schemas.settings import IngestSettings

TICKS_PER_HEARTBEAT: Final = 4
PROOF_INTERVAL_S: Final = 1.0
"""Interval of pings on depth connections, s: 1 of the 10 messages/s that the venue allows."""

Ready = Callable[[dict[str, Any]], None]


class _Stopped(Exception):  # noqa: N818
    """Leaves the task group without an error."""


class VenueSession:
    """Run once. Symbols may be added and removed at any time."""

    def __init__(
        self,
        venue: Venue,
        settings: IngestSettings,
        symbols: tuple[str, ...],
        rest: RestClient,
        outlet: RecordOutlet,
        ready: Ready,
        tracked: Container[str] = (),
        quotes: Mapping[str, float] | None = None,
    ) -> None:
        """`ready` is called once all streams of `symbols` are subscribed to.

        `tracked`: symbols with large orders in their books, which are resynced first; `quotes`: set
        values in USD of quote currencies.
        """
        self._venue = venue
        self._settings = settings
        self._outlet = outlet
        self._tracked = tracked
        self._ready: Ready | None = ready
        rules = venue.rules
        self._shards = ShardMap(venue.routes, venue.max_streams, rules.max_stream_chars)
        self._pace = ConnectPace(rules.connect_pause_s) if rules.connect_pause_s else None
        self._keepers: dict[str, ShardKeeper] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._exhausted: set[str] = set()
        self._ended = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._running = False
        self.market = LiveMarket(
            venue, settings, outlet, self._want, quotes, self._renew, self._image_came
        )
        self._fetcher = SnapshotFetcher(
            venue,
            rest,
            self._take_snapshot,
            self.market.books.snapshot_leaves,
            self._spawn,
            self._rank,
            self._subscribe_anew,
        )
        self.reconnects = 0
        self._past_rotations = 0
        self.symbols_waiting = 0
        """Symbols of the watch list that cannot be followed now."""
        for symbol in symbols:
            self.add(symbol)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The followed symbols."""
        return tuple(self.market.feeds)

    @property
    def rotations(self) -> int:
        """Connections that were replaced before they ended."""
        return self._past_rotations + sum(keeper.rotations for keeper in self._keepers.values())

    @property
    def connections(self) -> dict[str, bool]:
        """By name, whether the connection is open and subscribed to all its streams."""
        return {name: _is_confirmed(keeper) for name, keeper in self._keepers.items()}

    @property
    def books_waiting(self) -> list[str]:
        """The symbols without a valid book."""
        return [symbol for symbol, feed in self.market.feeds.items() if not feed.depth.synced]

    def add(self, symbol: str, instrument: Instrument | None = None) -> None:
        """Follow a symbol; no effect if it is followed already.

        `instrument`: as the venue lists it; None: what its name tells.
        """
        if symbol in self.market.feeds:
            return
        self.market.add(symbol, instrument)
        for shard in self._shards.add(symbol):
            if self._running:
                self._open(shard)

    def note_waiting(self, count: int) -> None:
        """Take how many symbols of the watch list cannot be followed now."""
        self.symbols_waiting = count

    def remove(self, symbol: str, reason: str) -> None:
        """Stop following a symbol; its streams are reported DOWN with the reason."""
        if symbol not in self.market.feeds:
            return
        self._fetcher.forget(symbol)
        empty = self._shards.remove(symbol)
        self.market.remove(symbol, reason)
        for shard in empty:
            self._tasks.pop(shard.name).cancel()
            self._past_rotations += self._keepers.pop(shard.name).rotations

    async def run(self, stop: asyncio.Event, besides: Iterable[Coroutine[Any, Any, None]]) -> bool:
        """Return True when the source is exhausted, False when `stop` was set.

        `besides` run concurrently; an exception in one ends the session. Raises IngestError.
        """
        try:
            async with self._group:
                self._running = True
                for body in (
                    self._end_on(stop),
                    self._end_on(self._ended),
                    self._tick(),
                    self._watch_silence(),
                    self._prove_depth(),
                    *besides,
                ):
                    self._spawn(body)
                for shard in self._shards.shards:
                    self._open(shard)
        except BaseExceptionGroup as group:
            _, faults = group.split(_Stopped)
            if faults is not None:
                raise _cause(faults) from None
        return self._ended.is_set()

    def _want(self, feed: SymbolFeed) -> None:
        self._fetcher.want(feed)

    def _image_came(self, symbol: str) -> None:
        self._fetcher.forget(symbol)

    def _renew(self, shard: Shard) -> None:
        """Replace a connection that the venue is about to close."""
        if (keeper := self._keepers.get(shard.name)) is not None:
            keeper.renew()

    def _subscribe_anew(self, symbol: str) -> None:
        stream = self._venue.depth_stream(symbol)
        for name, keeper in self._keepers.items():
            shard = next((s for s in self._shards.shards if s.name == name), None)
            if shard is not None and stream in shard.streams and keeper.active is not None:
                keeper.active.subscribe_anew(stream)

    def _rank(self, feed: SymbolFeed, is_failing: bool) -> int:
        return snapshot_rank(
            list(self.market.feeds).index(feed.symbol),
            was_in_step=feed.depth.counts.snapshots > 0,
            has_large_orders=feed.symbol in self._tracked,
            is_failing=is_failing,
        )

    def _spawn(self, body: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        return self._group.create_task(body)

    async def _end_on(self, event: asyncio.Event) -> None:
        await event.wait()
        raise _Stopped

    def _take_snapshot(
        self, feed: SymbolFeed, snapshot: BookSnapshot, raw: bytes, received_ns: int
    ) -> None:
        self._outlet.snapshot(feed.symbol, raw, received_ns)
        self.market.take_snapshot(feed, snapshot, raw, received_ns)

    def _open(self, shard: Shard) -> None:
        def open_connection(is_active: bool) -> ShardConnection:
            return ShardConnection(
                self._venue, shard, self.market, self._take, is_active, self._pace
            )

        def on_end(result: ConnectionResult) -> None:
            final = result.end is ConnectionEnd.END_OF_STREAM
            self.reconnects += not final
            self.market.ended(shard, result, is_final=final)

        lifetime_s = self._settings.connection_lifetime_s or self._venue.max_connection_s
        keeper = ShardKeeper(shard.name, open_connection, on_end, Backoff(), lifetime_s)
        self._keepers[shard.name] = keeper
        self._tasks[shard.name] = self._spawn(self._keep(shard, keeper))

    async def _keep(self, shard: Shard, keeper: ShardKeeper) -> None:
        await keeper.run()
        self._exhausted.add(shard.name)
        if self._exhausted >= self._keepers.keys():
            self._ended.set()

    def _take(self, shard: Shard, raw: bytes, received_ns: int) -> Reply | None:
        self._outlet.frame(raw, received_ns)
        reply = self.market.take(shard, raw, received_ns)
        if reply is not None:
            # The connection processes the reply first.
            asyncio.get_running_loop().call_soon(self._tell_ready)
        return reply

    def _tell_ready(self) -> None:
        if self._ready is None or not all(map(_is_confirmed, self._keepers.values())):
            return
        ready, self._ready = self._ready, None
        ready(
            {
                "venue": self._venue.name,
                "symbols": list(self.market.feeds),
                "streams": [name for shard in self._shards.shards for name in shard.streams],
            }
        )

    async def _tick(self) -> None:
        interval_s = self._settings.heartbeat_ms / 1_000 / TICKS_PER_HEARTBEAT
        while True:
            self._tell_ready()
            await asyncio.sleep(interval_s)
            self.market.tick()

    async def _watch_silence(self) -> None:
        interval_s = min(1.0, self._settings.silence_s / 2)
        while True:
            await asyncio.sleep(interval_s)
            for shard in tuple(self._shards.shards):
                keeper = self._keepers.get(shard.name)
                renew = self.market.watch_silence(shard)
                if keeper is not None and renew:
                    keeper.renew()

    async def _prove_depth(self) -> None:
        proofs: dict[str, asyncio.Task[None]] = {}
        while True:
            await asyncio.sleep(PROOF_INTERVAL_S)
            proofs = {name: task for name, task in proofs.items() if not task.done()}
            for shard in self._shards.shards:
                if shard.route.carries_depth and shard.name not in proofs:
                    proofs[shard.name] = self._spawn(self._prove(shard))

    async def _prove(self, shard: Shard) -> None:
        keeper = self._keepers.get(shard.name)
        connection = keeper.active if keeper is not None else None
        if keeper is None or connection is None:
            return
        feeds = [self.market.feeds[symbol] for symbol in shard.symbols]
        times = [feed.clock_time for feed in feeds]
        if any(times) and await connection.prove() and keeper.active is connection:
            for feed, venue_time in zip(feeds, times, strict=True):
                feed.on_depth_proved(venue_time)


def _is_confirmed(keeper: ShardKeeper) -> bool:
    return keeper.active is not None and keeper.active.is_confirmed


def _cause(faults: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the IngestError among the tasks' exceptions; other exceptions stay unchanged."""
    explained = faults.subgroup(IngestError)
    error: BaseException = explained or faults
    while explained is not None and isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
