"""One socket against a real WebSocket server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve

from ingest.connections.connection import (
    END_OF_STREAM_CODE,
    Connection,
    ConnectionEnd,
    ConnectionResult,
)

DEADLINE_S = 5.0
Serve = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Serve) -> AsyncIterator[str]:
    async with serve(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/public/stream"


class Reading:
    """A connection that says hello, with what it brought."""

    def __init__(self, url: str) -> None:
        self.frames: list[bytes] = []
        self.opened = asyncio.Event()
        self.first = asyncio.Event()
        self.connection = Connection(url, self._take, self.opened.set)

    async def _take(self, raw: bytes, received_ns: int) -> None:
        self.frames.append(raw)
        self.first.set()

    async def _greet(self) -> None:
        await self.opened.wait()
        await self.connection.send("hello")

    async def outcome(self) -> ConnectionResult:
        greeting = asyncio.create_task(self._greet())
        try:
            return await asyncio.wait_for(self.connection.run(), DEADLINE_S)
        finally:
            greeting.cancel()


async def test_messages_go_out_frames_come_in_and_the_end_of_the_stream_is_told() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.send(f"echo {await socket.recv()!s}")
        await socket.close(END_OF_STREAM_CODE, "end of stream")

    async with serving(handler) as url:
        reading = Reading(url)
        outcome = await reading.outcome()
    assert reading.frames == [b"echo hello"]
    assert reading.opened.is_set()
    assert (outcome.end, outcome.detail) == (ConnectionEnd.END_OF_STREAM, "end of stream")


async def test_a_close_of_the_venue_is_told_with_its_code() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.close(1008, "too slow")

    async with serving(handler) as url:
        outcome = await Reading(url).outcome()
    assert outcome.end is ConnectionEnd.CLOSED
    assert "1008 too slow" in outcome.detail


async def test_a_broken_connection_is_told() -> None:
    async def handler(socket: ServerConnection) -> None:
        socket.transport.abort()

    async with serving(handler) as url:
        outcome = await Reading(url).outcome()
    assert outcome.end is ConnectionEnd.CLOSED


async def test_a_venue_that_is_away_is_an_outcome_and_no_exception() -> None:
    outcome = await Reading("ws://127.0.0.1:9/").outcome()
    assert (outcome.end, outcome.connected_s) == (ConnectionEnd.FAILED, 0.0)


async def test_a_connection_that_is_given_up_says_why() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with serving(handler) as url:
        reading = Reading(url)
        running = asyncio.create_task(reading.outcome())
        await asyncio.wait_for(reading.opened.wait(), DEADLINE_S)
        await reading.connection.close("replaced")
        outcome = await running
        assert await reading.connection.send("more") is False
    assert (outcome.end, outcome.detail) == (ConnectionEnd.CLOSED_BY_US, "replaced")


async def test_a_round_trip_proves_the_connection_and_cancelling_closes_it() -> None:
    closed = asyncio.Event()

    async def handler(socket: ServerConnection) -> None:
        await socket.send("frame")
        await socket.wait_closed()
        closed.set()

    async with serving(handler) as url:
        reading = Reading(url)
        assert await reading.connection.prove() is False
        running = asyncio.create_task(reading.connection.run())
        await asyncio.wait_for(reading.first.wait(), DEADLINE_S)
        assert await asyncio.wait_for(reading.connection.prove(), DEADLINE_S) is True
        running.cancel()
        await asyncio.wait((running,), timeout=DEADLINE_S)
        assert running.cancelled()
        await asyncio.wait_for(closed.wait(), DEADLINE_S)
