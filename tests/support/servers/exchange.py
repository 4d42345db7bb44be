"""A running exchange for tests: the real server on a free loopback port."""

import asyncio
import socket as socketlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.control import STATUS_PATH
from ingest.exchange.faults import Faults
from ingest.exchange.server import run_exchange

READY_S = 15.0


@dataclass
class Running:
    """An exchange and a REST session to it."""

    ready: dict[str, Any]
    session: aiohttp.ClientSession
    task: asyncio.Task[dict[str, Any]]

    def websocket(self, path: str, **options: Any) -> connect:
        """Return a connection (an async context manager) to a path such as `/public/ws`."""
        return connect(self.ready["websocket_url"] + path, max_size=None, **options)

    async def get(self, path: str, **query: Any) -> tuple[int, Any, dict[str, str]]:
        """Return status, decoded body and headers of a REST request."""
        url = self.ready["rest_url"] + path
        async with self.session.get(url, params=query) as answer:
            return answer.status, await answer.json(), dict(answer.headers)

    async def status(self) -> dict[str, Any]:
        """Return the exchange's own status page."""
        _, body, _ = await self.get(STATUS_PATH)
        assert isinstance(body, dict)
        return body


@asynccontextmanager
async def running(config: ExchangeConfig, faults: Faults | None = None) -> AsyncIterator[Running]:
    """Run an exchange for the length of the block; its end is checked too."""
    stop = asyncio.Event()
    ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_exchange(config, stop, ready.set_result, faults))
    await asyncio.wait((ready, task), timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    async with aiohttp.ClientSession() as session:
        try:
            yield Running(ready.result(), session, task)
        finally:
            stop.set()
            await asyncio.wait_for(task, 3.0)


async def raw_websocket(
    exchange: Running, path: str, receive_buffer: int = 65_536
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket by hand: a client that answers nothing and reads only when told to."""
    host, port = exchange.ready["rest_url"].removeprefix("http://").split(":")
    plain = socketlib.socket()
    plain.setsockopt(socketlib.SOL_SOCKET, socketlib.SO_RCVBUF, receive_buffer)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=plain, limit=receive_buffer)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b"101 Switching" in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


__all__ = ["ClientConnection", "Running", "raw_websocket", "running"]
