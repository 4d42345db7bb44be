"""One connected WebSocket client: a bounded queue and the task that empties it."""

import asyncio
import struct
from collections import Counter, deque

from aiohttp import WSMsgType, web

from ingest.exchange.faults import Faults
from ingest.exchange.streams import ExchangeRoute, combined

CLOSE_GRACE_S = 1.5
"""Longest closing handshake before the connection is cut, s."""


class Client:
    """The sending side of a connection. Frames are sent in the order in which they were queued."""

    def __init__(
        self,
        number: int,
        route: ExchangeRoute,
        wrapped: bool,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        capacity: int,
        faults: Faults,
        sent: Counter[str],
    ) -> None:
        self.number = number
        self.route = route
        self.wrapped = wrapped
        """Whether frames carry the stream's name (`/stream`) or not (`/ws`)."""
        self.streams: dict[str, None] = {}
        """Subscribed streams in order, including those that this route never sends."""
        self._socket = socket
        self._transport = transport
        self._capacity = capacity
        self._faults = faults
        self._sent = sent
        self._queue: deque[tuple[str | None, bytes]] = deque()
        """(stream, frame), or (None, payload of a pong)."""
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._idle = asyncio.Event()
        self._ended = asyncio.Event()
        self._gone = False
        self._closing: asyncio.Task[None] | None = None
        self._frozen = False
        self._clock = asyncio.get_running_loop().time
        self.opened_s = self._clock()
        """The event loop's time at which the connection opened."""
        self.sent_s = self.opened_s
        """The same at which something was last sent."""
        self._writer: asyncio.Task[None] | None = asyncio.create_task(self._write())

    def offer(self, stream: str, payload: bytes) -> bool:
        """Queue a frame; return False (and queue nothing) if the queue is full."""
        if self._gone or self._frozen:
            return True
        if len(self._queue) >= self._capacity:
            return False
        self._append(stream, payload)
        return True

    async def put(self, stream: str, payload: bytes) -> None:
        """Queue a frame, waiting for room. Returns without queueing once the client is gone."""
        while not self.offer(stream, payload):
            self._room.clear()
            await self._room.wait()

    async def drained(self) -> None:
        """Wait until everything queued was handed to the socket, or the client is gone."""
        await self._idle.wait()

    def close(self, code: int, reason: str, grace_s: float = CLOSE_GRACE_S) -> asyncio.Task[None]:
        """Start closing the connection, once; what is still queued is not sent.

        A client that does not finish the closing handshake in `grace_s` is cut off.
        """
        if self._closing is None:
            self._stop_sending()
            self._closing = asyncio.create_task(self._close(code, reason, grace_s))
        return self._closing

    def cut(self) -> None:
        """Abort the connection at once, without a close frame."""
        self._stop_sending()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()

    @property
    def is_closing(self) -> bool:
        """Whether the connection is being closed."""
        return self._gone

    def freeze(self) -> None:
        """Stop sending and reading, like a half-open TCP connection; only `cut` ends that."""
        self._frozen = True
        self._queue.clear()
        self._room.set()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    async def ping(self) -> None:
        """Send a ping frame. Raises ConnectionError if the client is gone."""
        if not self._frozen:
            await self._socket.ping()

    async def reply(self, payload: bytes) -> None:
        """Send an answer at once, before queued frames. Raises ConnectionError if the client is
        gone."""
        self.sent_s = self._clock()
        await self._socket.send_frame(payload, WSMsgType.TEXT)

    def pong(self, payload: bytes) -> None:
        """Queue the pong behind the frames queued so far.

        A completed round trip thus proves that everything published before it was delivered.
        """
        if not self._gone and not self._frozen:
            self._append(None, payload)

    async def end(self) -> None:
        """Release the connection after it ended; returns once its tasks are done.

        Re-raises an error of a fault that was handling a frame.
        """
        self._ended.set()
        self._stop_sending()
        if self._closing is not None:
            await self._closing
        writer, self._writer = self._writer, None
        if writer is None:
            return
        await asyncio.wait((writer,))
        # A cancelled task keeps its traceback, and with it the frame it was sending: kept as an
        # attribute it would do so until some garbage collection, minutes later.
        if not writer.cancelled():
            writer.result()

    def _stop_sending(self) -> None:
        if self._writer is not None:
            self._writer.cancel()
        self._release()

    def _release(self) -> None:
        """Accept no more frames and wake everyone who waits for the queue."""
        self._gone = True
        self._queue.clear()
        self._room.set()
        self._idle.set()

    def _append(self, stream: str | None, payload: bytes) -> None:
        self._queue.append((stream, payload))
        self._idle.clear()
        self._filled.set()

    async def _write(self) -> None:
        queue = self._queue
        try:
            while True:
                while queue:
                    stream, payload = queue.popleft()
                    if stream is None:
                        await self._socket.pong(payload)
                        continue
                    for part in self._faults.frame(self.number, stream, payload):
                        opcode = _opcode(part) if part is payload else WSMsgType.TEXT
                        await self._socket.send_frame(part, opcode)
                        self._sent[stream] += 1
                        self.sent_s = self._clock()
                    if len(queue) <= self._capacity // 2:
                        self._room.set()
                self._idle.set()
                self._filled.clear()
                await self._filled.wait()
        except ConnectionError:
            # The peer is gone; the reading side notices it too and ends the connection.
            return
        finally:
            self._release()

    async def _close(self, code: int, reason: str, grace_s: float) -> None:
        try:
            if self._frozen:
                await self._ended.wait()
                return
            async with asyncio.timeout(grace_s):
                # Not socket.close(): that cuts a reading handler short before the client's answer,
                # and what the client has not read yet could be lost with the connection.
                frame = struct.pack("!H", code) + reason.encode()
                await self._socket.send_frame(frame, WSMsgType.CLOSE)
                await self._ended.wait()
        except ConnectionError:
            # The client closed first; the reading side notices it too.
            return
        except TimeoutError:
            self.cut()


def _opcode(payload: bytes) -> WSMsgType:
    """Text; binary for a recorded frame that is not UTF-8, which a text frame may not carry."""
    if payload.isascii():
        return WSMsgType.TEXT
    try:
        payload.decode()
    except UnicodeDecodeError:
        return WSMsgType.BINARY
    return WSMsgType.TEXT


def framed(client: Client, stream: str, data: bytes) -> bytes:
    """Return the frame that carries `data` of `stream` to this client."""
    return combined(stream, data) if client.wrapped else data
