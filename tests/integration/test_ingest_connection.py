"""One socket against a real WebSocket server, and the supervisor that opens it again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

from websockets.asyncio.server import ServerConnection, serve

from ingest.backoff import Backoff
from ingest.connection import END_OF_STREAM_CODE, Connection, Ending, Outcome
from ingest.supervisor import PROVED_S, supervise

DEADLINE_S = 5.0
Serve = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Serve) -> AsyncIterator[str]:
    async with serve(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/public/stream"


class Reading:
    """A connection with what it brought."""

    def __init__(self, url: str, max_age_s: float = 60.0) -> None:
        self.frames: list[bytes] = []
        self.opened = 0
        self.first = asyncio.Event()
        self.connection = Connection(url, ("hello",), self._take, self._open, max_age_s)

    async def _take(self, raw: bytes, received_ns: int) -> None:
        self.frames.append(raw)
        self.first.set()

    def _open(self) -> None:
        self.opened += 1

    async def outcome(self) -> Outcome:
        return await asyncio.wait_for(self.connection.run(), DEADLINE_S)


async def test_messages_go_out_frames_come_in_and_the_end_of_the_stream_is_told() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.send(f"echo {await socket.recv()!s}")
        await socket.close(END_OF_STREAM_CODE, "end of stream")

    async with serving(handler) as url:
        reading = Reading(url)
        outcome = await reading.outcome()
    assert reading.frames == [b"echo hello"]
    assert reading.opened == 1
    assert (outcome.ending, outcome.detail, outcome.frames) == (
        Ending.END_OF_STREAM,
        "end of stream",
        1,
    )


async def test_a_close_of_the_venue_is_told_with_its_code() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.close(1008, "too slow")

    async with serving(handler) as url:
        outcome = await Reading(url).outcome()
    assert outcome.ending is Ending.CLOSED
    assert "1008 too slow" in outcome.detail


async def test_a_broken_connection_is_told() -> None:
    async def handler(socket: ServerConnection) -> None:
        socket.transport.abort()

    async with serving(handler) as url:
        outcome = await Reading(url).outcome()
    assert outcome.ending is Ending.CLOSED


async def test_a_venue_that_is_away_is_an_outcome_and_no_exception() -> None:
    outcome = await Reading("ws://127.0.0.1:9/").outcome()
    assert (outcome.ending, outcome.connected_s, outcome.frames) == (Ending.FAILED, 0.0, 0)


async def test_a_connection_ends_at_its_age_limit() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with serving(handler) as url:
        outcome = await Reading(url, max_age_s=0.05).outcome()
    assert outcome.ending is Ending.AGED


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


def outcome(ending: Ending, connected_s: float = 0.0) -> Outcome:
    return Outcome(ending, "", connected_s, 1)


async def test_a_connection_is_opened_again_until_its_source_is_exhausted() -> None:
    script = [
        outcome(Ending.FAILED),
        outcome(Ending.CLOSED),
        outcome(Ending.CLOSED, PROVED_S),
        outcome(Ending.AGED, 80_000.0),
        outcome(Ending.END_OF_STREAM),
    ]
    coming, seen, attempts = iter(script), list[Outcome](), list[int]()
    backoff = Backoff(base_s=0.0, rng=Random(1))

    async def run_once() -> Outcome:
        attempts.append(backoff.attempts)
        return next(coming)

    await asyncio.wait_for(supervise("x", run_once, seen.append, backoff), DEADLINE_S)
    assert seen == script
    assert attempts == [0, 1, 2, 1, 1]
