"""One WebSocket connection, from opening to close."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from schemas.http.proxy import proxy_of
from schemas.settings import SettingsError

END_OF_STREAM_CODE: Final = 4001
"""Close code of a finite source after its last frame."""
OPEN_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 0.5
PING_INTERVAL_S: Final = 10.0
PING_TIMEOUT_S: Final = 10.0
"""Ping interval plus timeout: longest time until a dead peer is noticed."""
MAX_FRAME_BYTES: Final = 16 << 20
"""A depth frame in a volatile market has a few thousand levels, some 100 kB."""

OnFrame = Callable[[bytes, int], Awaitable[None]]
"""Called with a frame and its receive time, ns since the epoch."""


class ConnectionEnd(StrEnum):
    """How a connection ended."""

    END_OF_STREAM = "end of stream"
    CLOSED = "closed"
    FAILED = "failed"
    CLOSED_BY_US = "closed by us"
    """Closed by us: replaced, no longer needed, or silent."""


@dataclass(frozen=True, slots=True)
class ConnectionResult:
    """How one connection ended, and after how long."""

    end: ConnectionEnd
    detail: str
    connected_s: float
    """Time between the opening and the end; 0 if it never opened."""


class _VenueConnect(connect):
    """Opens a connection to the venue's own address only."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow no redirect: the frames of another host are not the venue's."""
        return exc


class Connection:
    """Owns one socket. `run` once; cancel it to close the socket."""

    def __init__(self, url: str, on_frame: OnFrame, on_open: Callable[[], None]) -> None:
        """`on_open` is called once messages can be sent."""
        self._url = url
        self._on_frame = on_frame
        self._on_open = on_open
        self._socket: ClientConnection | None = None
        self._reason = ""

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._socket is not None

    async def run(self) -> ConnectionResult:
        """Read frames until the connection ends."""
        clock = asyncio.get_running_loop().time
        opened_s: float | None = None
        try:
            async with _VenueConnect(
                self._url,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                ping_interval=PING_INTERVAL_S,
                ping_timeout=PING_TIMEOUT_S,
                max_size=MAX_FRAME_BYTES,
                compression=None,
                proxy=proxy_of(self._url),
            ) as socket:
                opened_s = clock()
                self._socket = socket
                self._on_open()
                while True:
                    raw = await socket.recv(decode=False)
                    await self._on_frame(raw, time.time_ns())
        except ConnectionClosed as closed:
            end, detail = self._end_of(closed)
        except (OSError, WebSocketException, SettingsError) as error:
            # A TimeoutError is an OSError; a refusing proxy raises the library's own error. A
            # proxy of WebSockets alone may be unusable where that of REST is not.
            end, detail = ConnectionEnd.FAILED, str(error) or type(error).__name__
        finally:
            self._socket = None
        connected_s = 0.0 if opened_s is None else clock() - opened_s
        return ConnectionResult(end, detail, connected_s)

    async def send(self, message: str) -> bool:
        """Send a message; False where the connection is not open (any more)."""
        socket = self._socket
        if socket is None:
            return False
        try:
            await socket.send(message)
        except ConnectionClosed:
            return False
        return True

    async def prove(self) -> bool:
        """Ping round trip; True: everything the server sent before the pong has arrived."""
        socket = self._socket
        if socket is None:
            return False
        try:
            await (await socket.ping())
        except ConnectionClosed:
            return False
        return True

    async def close(self, reason: str) -> None:
        """End the connection; `run` then returns with `reason`."""
        socket = self._socket
        if socket is not None:
            self._reason = reason
            await socket.close()

    def _end_of(self, closed: ConnectionClosed) -> tuple[ConnectionEnd, str]:
        if self._reason:
            return ConnectionEnd.CLOSED_BY_US, self._reason
        frame = closed.rcvd
        if frame is None:
            return ConnectionEnd.CLOSED, "connection lost"
        if frame.code == END_OF_STREAM_CODE:
            return ConnectionEnd.END_OF_STREAM, frame.reason
        return ConnectionEnd.CLOSED, f"closed by the venue: {frame.code} {frame.reason}".rstrip()
