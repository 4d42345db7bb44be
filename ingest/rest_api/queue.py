"""Orders REST requests by priority, within the weight budget. No I/O."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import Final

from ingest.rest_api.budget import WeightBudget

MAX_UNDERWAY: Final = 2
"""Most requests in flight. Only answers correct the budget, and requests in flight continue after a
429, for which the venue bans."""


class Priority(IntEnum):
    """Smaller goes first. Within a priority: by rank, then first come first served."""

    SNAPSHOT = 0
    LISTING = 1
    POLL = 2


class RestQueue:
    """Grants turns strictly in order, so a heavy request is never starved."""

    def __init__(self, budget: WeightBudget) -> None:
        self._budget = budget
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._waiting: list[tuple[int, int, int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._underway = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return sum(not entry[-1].done() for entry in self._waiting)

    @asynccontextmanager
    async def turn(self, weight: int, priority: Priority, rank: int = 0) -> AsyncIterator[None]:
        """Wait for the turn of a request and charge its `weight`; in flight within the context."""
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (int(priority), rank, next(self._numbers), weight, granted)
        heapq.heappush(self._waiting, entry)
        self._grant()
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self._underway -= 1
            self._grant()
            raise
        try:
            yield
        finally:
            self._underway -= 1
            self._grant()

    def _grant(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            *_, weight, granted = self._waiting[0]
            if granted.done():
                # The waiter was cancelled.
                heapq.heappop(self._waiting)
                continue
            if self._underway >= (1 if self._budget.on_probation else MAX_UNDERWAY):
                return
            now_s = self._clock()
            wait_s = self._budget.wait_s(weight, now_s)
            if wait_s > 0:
                self._timer = asyncio.get_running_loop().call_later(wait_s, self._grant)
                return
            heapq.heappop(self._waiting)
            self._budget.spend(weight, now_s)
            self._underway += 1
            granted.set_result(None)
