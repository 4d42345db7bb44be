"""One question under way at a time, however many ask it and however long the answer takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedCall(Generic[T]):
    """Asking again and again does not pile up requests at a broker or a store that is away.

    Every answer was begun after its question: who asks while one is under way waits for the next,
    and shares it with all who wait for the next.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work
        self._task: asyncio.Task[T] | None = None

    async def ask(self, timeout_s: float) -> T:
        """Return the answer. Raises TimeoutError, or what the work raises."""
        async with asyncio.timeout(timeout_s):
            before = self._task
            if before is not None and not before.done():
                await asyncio.wait({before})
            if self._task is None or self._task is before:
                self._task = asyncio.create_task(self._work())
                self._task.add_done_callback(_look_at)
            return await asyncio.shield(self._task)

    def cancel(self) -> None:
        """Ask no longer."""
        if self._task is not None:
            self._task.cancel()


def _look_at(task: asyncio.Task[Any]) -> None:
    """Take note of a failure that came after everybody had stopped waiting."""
    if not task.cancelled():
        task.exception()
