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


_Entry = tuple[int, int, int, int, asyncio.Future[None]]
"""(priority, rank, number, weight, its turn)."""


class Priority(IntEnum):
    """Smaller goes first. Within a priority: by rank, then first come first served."""

    SNAPSHOT = 0
    LISTING = 1
    POLL = 2


class RestQueue:
    """Grants turns strictly in order, so a heavy request is never starved.

    Of the requests that failed before, one at most is in flight: a symbol whose answers hang or
    fail leaves the other places to its neighbours.
    """

    def __init__(self, budget: WeightBudget) -> None:
        self._budget = budget
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._waiting: list[_Entry] = []
        self._failing: list[_Entry] = []
        self._numbers = itertools.count()
        self._underway = 0
        self._failing_underway = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return sum(not entry[-1].done() for entry in (*self._waiting, *self._failing))

    @asynccontextmanager
    async def turn(
        self, weight: int, priority: Priority, rank: int = 0, *, failed_before: bool = False
    ) -> AsyncIterator[None]:
        """Wait for the turn of a request and charge its `weight`; in flight within the context.

        `failed_before`: the same request failed the last time.
        """
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (int(priority), rank, next(self._numbers), weight, granted)
        heapq.heappush(self._failing if failed_before else self._waiting, entry)
        self._grant()
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self._leave(failed_before)
            self._grant()
            raise
        try:
            yield
        finally:
            self._leave(failed_before)
            self._grant()

    def _leave(self, failed_before: bool) -> None:
        self._underway -= 1
        self._failing_underway -= failed_before

    def _next(self) -> list[_Entry] | None:
        """Return the queue whose first request is next, None where none may go."""
        for queue in (self._waiting, self._failing):
            while queue and queue[0][-1].done():
                # The waiter was cancelled.
                heapq.heappop(queue)
        free = [self._waiting] if self._waiting else []
        if self._failing and not self._failing_underway:
            free.append(self._failing)
        return min(free, key=lambda queue: queue[0][:3], default=None)

    def _grant(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (queue := self._next()) is not None:
            *_, weight, granted = queue[0]
            if self._underway >= (1 if self._budget.on_probation else MAX_UNDERWAY):
                return
            now_s = self._clock()
            wait_s = self._budget.wait_s(weight, now_s)
            if wait_s > 0:
                self._timer = asyncio.get_running_loop().call_later(wait_s, self._grant)
                return
            heapq.heappop(queue)
            self._budget.spend(weight, now_s)
            self._underway += 1
            self._failing_underway += queue is self._failing
            granted.set_result(None)
