"""The client for scripts and notebooks: the one for asyncio, on a loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from schemas.client.async_client import AsyncClient
from schemas.client.errors import ClientError
from schemas.record import Record
from schemas.settings import KafkaSettings
from schemas.signals import LargeOrderEvent

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Client:
    """What AsyncClient does, without asyncio; also where a loop runs already, as in a notebook."""

    def __init__(self, url: str | None = None, kafka: str | KafkaSettings | None = None) -> None:
        """As AsyncClient. Use it as a context manager, or call `close`."""
        self._client = AsyncClient(url, kafka)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="wallwatch-client", daemon=True
        )
        self._thread.start()
        self._ends: set[Callable[[], Coroutine[Any, Any, None]]] = set()
        """What disconnects each iterator that is still open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect every iterator and end the thread."""
        if self._thread.is_alive():
            self._wait(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def read(
        self,
        model: type[R],
        *,
        symbol: str | None = None,
        venue: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        limit: int = 1_000,
    ) -> list[R]:
        """As AsyncClient.read."""
        return self._wait(
            self._client.read(
                model, symbol=symbol, venue=venue, from_ms=from_ms, to_ms=to_ms, limit=limit
            )
        )

    def walls(
        self, symbol: str | None = None, *, venue: str | None = None, standing: bool = True
    ) -> list[LargeOrderEvent]:
        """As AsyncClient.walls."""
        return self._wait(self._client.walls(symbol, venue=venue, standing=standing))

    def sql(self, query: str) -> list[dict[str, Any]]:
        """As AsyncClient.sql."""
        return self._wait(self._client.sql(query))

    def follow(self, *models: type[R], from_start: bool = False) -> Iterator[R]:
        """As AsyncClient.follow; closing the iterator or the client disconnects."""
        stream = self._client.follow(*models, from_start=from_start)
        # A step that was cancelled still disconnects when the stream is closed.
        at_work = asyncio.Lock()

        async def step() -> R | None:
            async with at_work:
                return await anext(stream, None)

        async def end() -> None:
            async with at_work:
                await stream.aclose()

        self._ends.add(end)
        try:
            while (record := self._wait(step())) is not None:
                yield record
        finally:
            self._ends.discard(end)
            if self._thread.is_alive():
                self._wait(end())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._thread.is_alive():
            work.close()
            raise ClientError("the client is closed: make another one")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:  # Ctrl-C while it waits: what runs in the thread ends as well.
            future.cancel()
            raise

    async def _end(self) -> None:
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for end in list(self._ends):
            await end()
