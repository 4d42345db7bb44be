"""Polls the open interest of every symbol, evenly spread over the interval."""

import asyncio
import heapq
import math
from collections.abc import Awaitable, Callable
from typing import Final

from ingest.errors import FrameError
from ingest.rest_api.budget import WeightBudget
from ingest.rest_api.client import RestClient, RestError, RestRefusedError
from ingest.rest_api.poll_pace import stretch
from ingest.rest_api.queue import Priority
from ingest.venues.base import Venue
from ingest.venues.events import MarkPrice
from schemas.clock import wall_us
from schemas.instrument import Instrument
from schemas.market import OpenInterest

GOLDEN_RATIO: Final = 0.618_034
TIME_PAUSE_S: Final = 0.2
"""Until the first frame has told the venue's time."""
REFUSED_INTERVAL_S: Final = 600.0
"""Minimum interval for symbols without open interest on the venue."""


class OpenInterestPoller:
    """One request of weight 1 per symbol and interval: 3 a minute at an interval of 20 s.

    Mark price and funding come from the newest frame of the mark-price stream, so no further
    request is spent on them. A failed poll publishes nothing.
    """

    def __init__(
        self,
        venue: Venue,
        rest: RestClient,
        mark_of: Callable[[str], MarkPrice | None],
        deliver: Callable[[OpenInterest], Awaitable[None]],
        report: Callable[[str, str], None],
        is_refused: Callable[[str, int, bytes], bool],
        budget: WeightBudget,
        instrument_of: Callable[[str], Instrument | None] = lambda _: None,
        knows_time: Callable[[], bool] = lambda: True,
    ) -> None:
        """Intervals grow with the use of the `budget`.

        `instrument_of(symbol)` gives the unit of its answers, None: base currency.
        `deliver` returns when the broker has acknowledged the record; `report(symbol, fault)`
        receives the result of each poll, an empty fault on success; `is_refused(symbol, event_time,
        raw)` returns whether the time (ms) of an answer cannot be true, which it can tell once
        `knows_time()`; until then nothing is polled."""
        self._venue = venue
        self._rest = rest
        self._mark_of = mark_of
        self._deliver = deliver
        self._report = report
        self._is_refused = is_refused
        self._budget = budget
        self._instrument_of = instrument_of
        self._knows_time = knows_time
        self._newest: dict[str, int] = {}
        self._intervals: dict[str, float] = {}
        self._due: list[tuple[float, str]] = []
        self._changed = asyncio.Event()
        self._clock = asyncio.get_running_loop().time

    @property
    def symbols(self) -> set[str]:
        """The symbols that are polled."""
        return set(self._intervals)

    def add(self, symbol: str, interval_s: float) -> None:
        """Start polling a symbol; no effect if it is polled already."""
        if symbol in self._intervals or self._venue.interest_request(symbol) is None:
            return
        self._intervals[symbol] = interval_s
        # Multiples of the golden ratio spread symbols added together over their interval.
        spread_s = interval_s * ((len(self._intervals) - 1) * GOLDEN_RATIO % 1.0)
        heapq.heappush(self._due, (self._clock() + spread_s, symbol))
        self._changed.set()

    def remove(self, symbol: str) -> None:
        """Stop polling a symbol."""
        self._intervals.pop(symbol, None)
        self._newest.pop(symbol, None)
        self._due = [entry for entry in self._due if entry[1] != symbol]
        heapq.heapify(self._due)
        self._changed.set()

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            self._changed.clear()
            wait_s = self._due[0][0] - self._clock() if self._due else None
            if wait_s is None or wait_s > 0:
                await self._pause(wait_s)
                continue
            due_s, symbol = heapq.heappop(self._due)
            pause_s = await self._poll(symbol)
            if symbol in self._intervals and all(symbol != other for _, other in self._due):
                # After a long wait for the budget, missed polls are skipped.
                heapq.heappush(self._due, (max(due_s + pause_s, self._clock()), symbol))

    def _stretch(self, weight: int) -> float:
        needed = sum(weight * 60.0 / interval_s for interval_s in self._intervals.values())
        return stretch(needed, self._budget.limit, self._budget.used(self._clock()))

    async def _pause(self, wait_s: float | None) -> None:
        changed = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait((changed,), timeout=wait_s)
        finally:
            changed.cancel()

    async def _poll(self, symbol: str) -> float:
        """Poll once and return the pause until the next poll, s."""
        request = self._venue.interest_request(symbol)
        if request is None:
            return math.inf
        if not self._knows_time():
            return TIME_PAUSE_S
        interval_s = self._intervals[symbol] * self._stretch(request.weight)
        try:
            raw = await self._rest.get(request, priority=Priority.POLL)
            answer = self._venue.parse_interest(raw)
        except RestRefusedError as error:
            self._report(symbol, str(error))
            return max(interval_s, REFUSED_INTERVAL_S)
        except (RestError, FrameError) as error:
            self._report(symbol, str(error))
            return interval_s
        if self._is_refused(symbol, answer.event_time, raw):
            self._report(symbol, f"stated time {answer.event_time} is ahead of the venue's clock")
            return interval_s
        mark = self._mark_of(symbol)
        units = self._instrument_of(symbol)
        open_interest = answer.open_interest
        if units is not None and not units.counts_base:
            if mark is None:
                self._report(symbol, "no mark price yet to value its contracts with")
                return interval_s
            open_interest = units.base_qty(open_interest, mark.mark_price)
        self._report(symbol, "")
        if answer.event_time > self._newest.get(symbol, 0):
            self._newest[symbol] = answer.event_time
            await self._deliver(
                OpenInterest(
                    venue=self._venue.name,
                    symbol=symbol,
                    event_time=answer.event_time,
                    received_us=wall_us(),
                    open_interest=open_interest,
                    mark_price=mark.mark_price if mark else None,
                    funding_rate=mark.funding_rate if mark else None,
                    next_funding_time=mark.next_funding_time if mark else None,
                )
            )
        return interval_s
