"""Polls the open interest of every symbol, evenly spread over the interval."""

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from ingest.errors import FrameError
from ingest.rest import RestClient, RestError, RestRefusedError
from ingest.venues.base import MarkPrice, Venue
from schemas.market import OpenInterest

REFUSED_INTERVAL_S: Final = 600.0
"""Where the venue has no open interest for a symbol it is asked rarely, never more often."""


class OpenInterestPoller:
    """One request of weight 1 per symbol and interval: 3 a minute at the default of 20 s.

    Mark price and funding come from the newest frame of the mark-price stream, so no further
    request is spent on them. A poll that brings nothing publishes nothing.
    """

    def __init__(
        self,
        venue: Venue,
        rest: RestClient,
        interval_s: float,
        mark_of: Callable[[str], MarkPrice | None],
        deliver: Callable[[OpenInterest], Awaitable[None]],
        report: Callable[[str, str], None],
    ) -> None:
        """`deliver` returns when the broker has the record; `report(symbol, fault)` tells how the
        poll went, an empty fault for well."""
        self._venue = venue
        self._rest = rest
        self._interval_s = interval_s
        self._mark_of = mark_of
        self._deliver = deliver
        self._report = report
        self._newest: dict[str, int] = {}

    async def run(self, symbols: Sequence[str]) -> None:
        """Poll until cancelled."""
        clock = asyncio.get_running_loop().time
        now_s = clock()
        spread_s = self._interval_s / max(1, len(symbols))
        due = [(now_s + number * spread_s, symbol) for number, symbol in enumerate(symbols)]
        heapq.heapify(due)
        while due:
            due_s, symbol = heapq.heappop(due)
            await asyncio.sleep(max(0.0, due_s - clock()))
            pause_s = await self._poll(symbol)
            # After a long wait for the budget the missed polls are not made up for.
            heapq.heappush(due, (max(due_s + pause_s, clock()), symbol))

    async def _poll(self, symbol: str) -> float:
        """Poll once and return the pause until the next poll, s."""
        try:
            answer = self._venue.parse_interest(
                await self._rest.get(self._venue.interest_request(symbol))
            )
        except RestRefusedError as error:
            self._report(symbol, str(error))
            return max(self._interval_s, REFUSED_INTERVAL_S)
        except (RestError, FrameError) as error:
            self._report(symbol, str(error))
            return self._interval_s
        self._report(symbol, "")
        if answer.event_time > self._newest.get(symbol, 0):
            self._newest[symbol] = answer.event_time
            mark = self._mark_of(symbol)
            await self._deliver(
                OpenInterest(
                    venue=self._venue.name,
                    symbol=symbol,
                    event_time=answer.event_time,
                    received_us=time.time_ns() // 1_000,
                    open_interest=answer.open_interest,
                    mark_price=mark.mark_price if mark else None,
                    funding_rate=mark.funding_rate if mark else None,
                    next_funding_time=mark.next_funding_time if mark else None,
                )
            )
        return self._interval_s
