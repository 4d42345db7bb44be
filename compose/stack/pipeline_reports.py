"""What all workers of a cluster say about themselves, as one report."""

from __future__ import annotations

import asyncio
import socket

from compose.errors import UsageError
from compose.stack.status import PIPELINE_PATH, StatusClient
from schemas.status import PipelineStatus


class WorkerReports:
    """Asks every worker behind a name; a name may stand for many addresses (compose, DNS)."""

    def __init__(self, address: str) -> None:
        """`address` is HOST:PORT of the workers' pages. Raises UsageError where it is not."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise UsageError(f"--worker {address!r}: expected HOST:PORT of the workers' pages")
        self._host, self._port = host, int(port)

    async def read(self) -> PipelineStatus:
        """Return the merged status of the workers that answer."""
        async with StatusClient() as client:
            urls = [f"http://{host}:{self._port}{PIPELINE_PATH}" for host in await self._hosts()]
            found = await asyncio.gather(*(client.pipeline(url) for url in urls))
        return PipelineStatus.merge(status for status in found if status is not None)

    async def _hosts(self) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError:
            return []
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        return [f"[{a}]" if ":" in a else a for a in addresses]
