"""One connection of a shard together with its subscriptions: active or standby."""

import asyncio
from collections.abc import Callable
from typing import Final

from ingest.connections.connection import Connection, ConnectionResult
from ingest.connections.pace import ConnectPace, HourlyLimit
from ingest.connections.shards import Shard
from ingest.errors import FrameError
from ingest.live import LiveMarket
from ingest.venues.base import Venue
from ingest.venues.parsed import Event, Reply

STREAMS_PER_MESSAGE: Final = 50
"""Streams per SUBSCRIBE message; keeps it well below the venue's size limit."""
MESSAGE_SHARE: Final = 0.7
"""Share of the venue's message rate; the rest is left to pings and pongs."""
MAX_HELD_BYTES: Final = 64 << 20

Take = Callable[[Shard, bytes, int], Reply | None]
"""Processes a frame of a shard with its receive time, ns; returns the reply if it was one."""


class ShardConnection:
    """An active connection processes frames at once; a standby holds them until it is promoted."""

    def __init__(
        self,
        venue: Venue,
        shard: Shard,
        market: LiveMarket,
        take: Take,
        is_active: bool,
        pace: ConnectPace | None = None,
    ) -> None:
        """`pace`: when a connection may be opened; None: at once."""
        self._pace = pace
        self._renewing: set[str] = set()
        """Streams to be subscribed to anew."""
        self._hourly = HourlyLimit(venue.rules.requests_per_hour)
        self._venue = venue
        self._shard = shard
        self._market = market
        self._take = take
        self._held: list[tuple[bytes, int]] | None = None if is_active else []
        self._held_bytes = 0
        self._heard: dict[str, Event] = {}
        """First held event of every stream."""
        self._closing = False
        self._asked: dict[str, None] = {}
        """Streams subscribed to, in the order of subscription."""
        self._unanswered: dict[int, tuple[str, ...]] = {}
        self._last_request = 0
        self._open = asyncio.Event()
        self._clock = asyncio.get_running_loop().time
        self._connection = Connection(shard.route.url, self._on_frame, self._open.set)
        self.frames = 0
        """Frames received, without replies."""

    @property
    def is_confirmed(self) -> bool:
        """Whether the venue has answered the requests for all streams of the shard."""
        waiting = {name for names in self._unanswered.values() for name in names}
        wanted = self._shard.streams.keys()
        return wanted <= self._asked.keys() and waiting.isdisjoint(wanted)

    @property
    def is_full(self) -> bool:
        """Whether the held frames exceed MAX_HELD_BYTES."""
        return self._held_bytes > MAX_HELD_BYTES

    @property
    def has_heard_all(self) -> bool:
        """Whether every stream has sent a frame since standby began."""
        return self._shard.streams.keys() <= self._heard.keys()

    @property
    def continues(self) -> bool:
        """Whether every stream continues without a gap from the processed to the held frames."""
        return all(self._market.reaches(event) for event in self._heard.values())

    async def run(self) -> ConnectionResult:
        """Connect, keep the subscriptions equal to the shard's, return how it ended."""
        if self._pace is not None:
            await self._pace.turn()
        besides = [asyncio.create_task(self._subscribe())]
        if self._venue.rules.heartbeat:
            besides.append(asyncio.create_task(self._beat()))
        try:
            return await self._connection.run()
        finally:
            for task in besides:
                task.cancel()
            await asyncio.gather(*besides, return_exceptions=True)

    def subscribe_anew(self, stream: str) -> None:
        """Unsubscribe from a stream and subscribe to it again: its book begins anew."""
        self._renewing.add(stream)
        self._shard.changed.set()

    async def prove(self) -> bool:
        """Ping round trip; True: everything the server sent before the pong has arrived."""
        return await self._connection.prove()

    def promote(self) -> None:
        """Become active: process the held frames, then every frame as it comes."""
        held, self._held = self._held or [], None
        self._held_bytes = 0
        self._heard.clear()
        for raw, received_ns in held:
            self._process(raw, received_ns)

    async def close(self, reason: str) -> None:
        """End the connection; frames that still arrive on it are ignored."""
        self._closing = True
        await self._connection.close(reason)

    async def _subscribe(self) -> None:
        await self._open.wait()
        pause_s = 1.0 / (MESSAGE_SHARE * self._venue.messages_per_s)
        while True:
            self._shard.changed.clear()
            message = self._next_message(self._shard.streams)
            if message is None:
                await self._shard.changed.wait()
            elif await self._connection.send(message):
                await asyncio.sleep(max(pause_s, self._hourly.spend(self._clock())))
            else:
                return

    async def _beat(self) -> None:
        """Send the text that keeps the connection open, until it ends."""
        await self._open.wait()
        rules = self._venue.rules
        while True:
            if not await self._connection.send(rules.heartbeat):
                return
            await asyncio.sleep(rules.heartbeat_s)

    def _next_message(self, wanted: dict[str, str]) -> str | None:
        """Return the next SUBSCRIBE or UNSUBSCRIBE message; None if none is needed."""
        ending = [n for n in self._asked if n not in wanted or n in self._renewing]
        if ending:
            names = ending[:STREAMS_PER_MESSAGE]
            for name in names:
                del self._asked[name]
            self._renewing.difference_update(names)
            return self._venue.unsubscription(names, self._next_request(()))
        fresh = [name for name in wanted if name not in self._asked]
        if not fresh:
            return None
        names = fresh[:STREAMS_PER_MESSAGE]
        self._asked.update(dict.fromkeys(names))
        self._market.asked([(name, wanted[name]) for name in names])
        return self._venue.subscription(names, self._next_request(tuple(names)))

    def _next_request(self, streams: tuple[str, ...]) -> int:
        self._last_request += 1
        if streams:
            self._unanswered[self._last_request] = streams
        return self._last_request

    async def _on_frame(self, raw: bytes, received_ns: int) -> None:
        if self._closing:
            return
        if self._held is None:
            self._process(raw, received_ns)
        else:
            self._hold(self._held, raw, received_ns)

    def _process(self, raw: bytes, received_ns: int) -> None:
        reply = self._take(self._shard, raw, received_ns)
        if reply is None:
            self.frames += 1
        else:
            self._answered(reply)

    def _hold(self, held: list[tuple[bytes, int]], raw: bytes, received_ns: int) -> None:
        try:
            stream, event, _ = self._venue.parse(raw)
        except FrameError:
            # Reported when it is processed.
            stream, event = "", None
        if isinstance(event, Reply):
            self._process(raw, received_ns)
            return
        if event is not None:
            self._heard.setdefault(stream, event)
        held.append((raw, received_ns))
        self._held_bytes += len(raw)

    def _answered(self, reply: Reply) -> None:
        if reply.stream:
            # The venue answers each stream of a request on its own.
            for number, streams in list(self._unanswered.items()):
                left = tuple(name for name in streams if name != reply.stream)
                if left:
                    self._unanswered[number] = left
                else:
                    del self._unanswered[number]
        if reply.request_id is not None:
            self._unanswered.pop(reply.request_id, None)
