"""Who may send the next REST request: by priority, within the weight budget. No I/O."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import Final

from ingest.rest_api.budget import WeightBudget

MAX_UNDERWAY: Final = 2
"""The budget is corrected by every answer, so few requests may be under way uncorrected; the venue
bans those that go on after a 429, and what is under way goes on."""


class Priority(IntEnum):
    """Smaller goes first. Within one the order is the rank, then that of asking."""

    SNAPSHOT = 0
    LISTING = 1
    POLL = 2


class RestQueue:
    """Grants turns. The first in line is waited for, so a heavy request is never starved."""

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
        """Wait for the turn of a request of `weight`, which is booked; hold it for the block."""
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
                # Who waited has given up.
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
