"""Subscriptions, and the two ways to send: without waiting, or at the slowest client's pace."""

import asyncio
from collections import Counter
from collections.abc import Callable

from ingest.exchange.client import CLOSE_GRACE_S, Client, framed
from ingest.exchange.dialect import Dialect
from ingest.exchange.streams import ExchangeRoute, combined

CLOSE_GOING_AWAY = 1001
CLOSE_POLICY = 1008
CLOSE_END_OF_STREAM = 4001
END_OF_STREAM = "end of stream"
END_GRACE_S = 60.0
"""Time a client gets to read in-flight frames before the stream ends, s."""


class Hub:
    """The subscriptions of all connections."""

    def __init__(
        self, dialect: Dialect, first_frame: Callable[[str], bytes | None] = lambda _: None
    ) -> None:
        """`first_frame(stream)` gives the frame with which a subscription begins."""
        self._dialect = dialect
        self._first_frame = first_frame
        self._listeners: dict[str, list[Client]] = {}
        self.clients: dict[int, Client] = {}
        """Open connections by number, oldest first."""
        self.sent: Counter[str] = Counter()
        """Frames handed to sockets, per stream."""
        self.connections_total = 0
        self.closed_slow = 0
        """Clients that were disconnected because their queue was full."""
        self.version = 0
        """Incremented with every change of a subscription."""
        self._changed = asyncio.Event()

    def add(self, client: Client) -> None:
        """Add a new connection."""
        self.clients[client.number] = client
        self.connections_total += 1

    def remove(self, client: Client) -> None:
        """Remove a connection and its subscriptions."""
        self.clients.pop(client.number, None)
        for stream in tuple(client.streams):
            self.unsubscribe(client, stream)

    def subscribe(self, client: Client, stream: str) -> None:
        """Add a subscription; a stream of another route stays silent, as on the venue."""
        if stream in client.streams:
            return
        client.streams[stream] = None
        if self._dialect.carries(client.route, stream):
            self._listeners.setdefault(stream, []).append(client)
            if (first := self._first_frame(stream)) is not None:
                client.offer(stream, first)
            self._notify()

    def unsubscribe(self, client: Client, stream: str) -> None:
        """Remove a subscription; an unknown stream is not an error."""
        client.streams.pop(stream, None)
        listeners = self._listeners.get(stream)
        if listeners is not None and client in listeners:
            listeners.remove(client)
            if not listeners:
                del self._listeners[stream]
            self._notify()

    def has(self, stream: str) -> bool:
        """Return whether `stream` has a listener on the right route."""
        return stream in self._listeners

    def first(self, route: ExchangeRoute) -> Client | None:
        """Return the oldest open connection of a route."""
        return next((c for c in self.clients.values() if c.route is route), None)

    async def changed(self) -> None:
        """Wait for the next change of a subscription."""
        event = self._changed
        await event.wait()

    def publish(self, stream: str, data: bytes) -> None:
        """Send without waiting. A client whose queue is full is disconnected."""
        listeners = self._listeners.get(stream)
        if not listeners:
            return
        wrapped = combined(stream, data)
        for client in listeners:
            if not client.offer(stream, wrapped if client.wrapped else data):
                self.closed_slow += 1
                client.close(CLOSE_POLICY, "client too slow")

    async def deliver(self, stream: str, data: bytes) -> None:
        """Send to every listener, waiting for the slowest (backpressure)."""
        for client in tuple(self._listeners.get(stream, ())):
            await client.put(stream, framed(client, stream, data))

    async def deliver_as_is(self, stream: str, frame: bytes) -> None:
        """Send raw bytes, unwrapped, to the listeners of `stream`."""
        for client in tuple(self._listeners.get(stream, ())):
            await client.put(stream, frame)

    async def close_all(self, code: int, reason: str) -> None:
        """Close every connection; returns within CLOSE_GRACE_S even if clients do not respond."""
        clients = tuple(self.clients.values())
        if clients:
            closing = [client.close(code, reason) for client in clients]
            # Some may already be closing with a longer grace period.
            await asyncio.wait(closing, timeout=CLOSE_GRACE_S)
        for client in tuple(self.clients.values()):
            client.cut()

    async def end_of_stream(self) -> None:
        """Wait until every client has what was queued for it, then close all with 4001."""
        clients = tuple(self.clients.values())
        await asyncio.gather(*(client.drained() for client in clients))
        closing = [
            client.close(CLOSE_END_OF_STREAM, END_OF_STREAM, END_GRACE_S) for client in clients
        ]
        if closing:
            # Unlike gather, wait does not cancel its tasks when it is cancelled itself.
            await asyncio.wait(closing)

    def _notify(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()
