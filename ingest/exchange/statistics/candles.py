"""Candles of one symbol, in ticks and lots: integers, so sums of candles are exact."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from ingest.exchange.market.simulated_symbol import Fill
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS

KEPT: Final = 500
"""Minutes and hours that are kept: the venue's default number of candles in an answer."""
MONTH: Final = "1M"
_WEEK_STARTS_MS: Final = 4 * DAY_MS
"""The epoch was a Thursday; candles of a week begin on Monday."""

INTERVALS_MS: Final = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
    MONTH: 31 * DAY_MS,
}
"""The venue's intervals, ms; a month has its own length."""


@dataclass(slots=True)
class Candle:
    """What traded in one interval. Prices are ticks, quantities lots, notionals ticks x lots."""

    start_ms: int
    open: int
    high: int
    low: int
    close: int
    lots: int = 0
    notional: int = 0
    bought_lots: int = 0
    """Of takers who bought."""
    bought_notional: int = 0
    first_id: int = -1
    """First trade; -1: none."""
    last_id: int = -1
    last_lots: int = 0
    """Lots of the last trade."""

    @property
    def trades(self) -> int:
        """Number of single trades."""
        return 0 if self.first_id < 0 else self.last_id - self.first_id + 1

    def add(self, fill: Fill) -> None:
        """Take in a trade, whose time lies in this candle."""
        tick, lots = fill.tick, fill.lots
        if self.first_id < 0:
            self.open = self.high = self.low = tick
            self.first_id = fill.first_id
        elif tick > self.high:
            self.high = tick
        elif tick < self.low:
            self.low = tick
        self.close = tick
        self.last_id = fill.last_id
        self.last_lots = fill.parts[-1]
        self.lots += lots
        self.notional += lots * tick
        if not fill.taker_sells:
            self.bought_lots += lots
            self.bought_notional += lots * tick

    def append(self, later: Candle) -> None:
        """Take in the candle that follows."""
        if later.first_id < 0:
            return
        if self.first_id < 0:
            self.open, self.high, self.low = later.open, later.high, later.low
            self.first_id = later.first_id
        else:
            self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        self.close, self.last_id, self.last_lots = later.close, later.last_id, later.last_lots
        self.lots += later.lots
        self.notional += later.notional
        self.bought_lots += later.bought_lots
        self.bought_notional += later.bought_notional


class Candles:
    """The newest minutes and hours of a symbol; every longer interval is summed up from them."""

    def __init__(self, start_ms: int, tick: int) -> None:
        """`tick`: the price before the first trade."""
        self._minute = Candle(start_ms - start_ms % MINUTE_MS, tick, tick, tick, tick)
        self._hour = replace(self._minute, start_ms=start_ms - start_ms % HOUR_MS)
        self._minutes: deque[Candle] = deque(maxlen=KEPT)
        self._hours: deque[Candle] = deque(maxlen=KEPT)
        self._ends_ms = self._minute.start_ms + MINUTE_MS

    def add(self, fill: Fill) -> None:
        """Take in the next trade."""
        if fill.time_ms >= self._ends_ms:
            self.advance(fill.time_ms)
        self._minute.add(fill)

    def advance(self, now_ms: int) -> None:
        """Close the candles that are over. Those without a trade stand at the last price."""
        while now_ms >= self._ends_ms:
            done = self._minute
            self._minutes.append(done)
            self._hour.append(done)
            self._minute = _empty(self._ends_ms, done.close)
            if self._ends_ms % HOUR_MS == 0:
                self._hours.append(self._hour)
                self._hour = _empty(self._ends_ms, done.close)
            self._ends_ms += MINUTE_MS

    def of(self, interval: str) -> list[Candle]:
        """Return the candles of an interval, oldest first, the running one last."""
        if INTERVALS_MS[interval] < HOUR_MS:
            return list(_summed((*self._minutes, self._minute), interval))
        return list(_summed(self._with_this_hour(), interval))

    def running(self, interval: str) -> Candle:
        """Return the candle that is running."""
        if interval == "1m":
            return self._minute
        start_ms = start_of(self._minute.start_ms, interval)
        is_short = INTERVALS_MS[interval] < HOUR_MS
        parts = (*self._minutes, self._minute) if is_short else self._with_this_hour()
        return next(_summed([part for part in parts if part.start_ms >= start_ms], interval))

    def day(self) -> Candle:
        """Return the figures of the last 24 hours: here the window moves by whole hours."""
        hours = self._with_this_hour()
        since_ms = self._minute.start_ms - DAY_MS
        window = [hour for hour in hours if hour.start_ms > since_ms]
        return _sum(window, window[0].start_ms)

    def _with_this_hour(self) -> tuple[Candle, ...]:
        hour = replace(self._hour)
        hour.append(self._minute)
        return (*self._hours, hour)


def start_of(time_ms: int, interval: str) -> int:
    """Return the start of the candle that a time lies in, ms."""
    if interval == MONTH:
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
        first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return int(first.timestamp() * 1000)
    length_ms = INTERVALS_MS[interval]
    offset_ms = _WEEK_STARTS_MS if interval == "1w" else 0
    return time_ms - (time_ms - offset_ms) % length_ms


def end_of(start_ms: int, interval: str) -> int:
    """Return the last millisecond of the candle that starts then."""
    if interval == MONTH:
        return start_of(start_ms + INTERVALS_MS[MONTH], MONTH) - 1
    return start_ms + INTERVALS_MS[interval] - 1


def _empty(start_ms: int, tick: int) -> Candle:
    return Candle(start_ms, tick, tick, tick, tick)


def _sum(parts: list[Candle], start_ms: int) -> Candle:
    whole = replace(parts[0], start_ms=start_ms)
    for part in parts[1:]:
        whole.append(part)
    return whole


def _summed(parts: Iterable[Candle], interval: str) -> Iterator[Candle]:
    """Yield the candles of `interval` that shorter ones, oldest first, add up to."""
    group: list[Candle] = []
    start_ms = -1
    for part in parts:
        begins_ms = start_of(part.start_ms, interval)
        if group and begins_ms != start_ms:
            yield _sum(group, start_ms)
            group = []
        start_ms = begins_ms
        group.append(part)
    if group:
        yield _sum(group, start_ms)
