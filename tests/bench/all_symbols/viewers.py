"""Readers of the live page: each follows its stream as a browser does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

VIEWS = "large-orders?limit=24,pipeline"
"""What the page of large orders follows."""
LINE_LIMIT_BYTES = 16 << 20


class Viewers:
    """What a number of readers of one page got."""

    def __init__(self, page_url: str, count: int) -> None:
        self.count = count
        self._url, self._bytes, self._gaps_ms = f"{page_url}/api/v1/stream", 0, list[float]()

    def clear(self) -> None:
        """Forget what came so far."""
        self._bytes = 0
        self._gaps_ms.clear()

    def kb_per_s(self, seconds: float) -> float:
        """Return what one of them got in a second, kB."""
        return round(self._bytes / 1e3 / seconds / max(1, self.count), 1)

    @property
    def gap_p99_ms(self) -> float:
        """Time between two frames of the orders that 99 of 100 did not exceed; ideally 1,000."""
        ranked = sorted(self._gaps_ms)
        return round(ranked[int(0.99 * (len(ranked) - 1))]) if ranked else 0.0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Let all of them read for the length of the block."""
        connections = aiohttp.TCPConnector(limit=0)
        patience = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(
            connector=connections, timeout=patience, read_bufsize=LINE_LIMIT_BYTES
        ) as http:
            readers = [asyncio.create_task(self._read(http)) for _ in range(self.count)]
            try:
                yield
            finally:
                for reader in readers:
                    reader.cancel()
                await asyncio.gather(*readers, return_exceptions=True)

    async def _read(self, http: aiohttp.ClientSession) -> None:
        before_s: float | None = None
        async with http.get(self._url, params={"views": VIEWS}) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                self._bytes += len(line)
                if not line.startswith(b'data: {"view":"large-orders'):
                    continue
                now_s = time.monotonic()
                if before_s is not None:
                    self._gaps_ms.append((now_s - before_s) * 1e3)
                before_s = now_s
