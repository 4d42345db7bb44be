"""Order flow of one symbol: bars from real trades, cumulative volume delta, open interest."""

from bisect import bisect_right
from typing import Final

import msgspec

from processors.engine.plain_sum import plain_sum
from schemas.market import OpenInterest, TakerSide, Trade
from schemas.settings import FlowSettings
from schemas.units import DAY_MS, MINUTE_MS, QUARTER_MS, SECOND_MS

LONGER_MS: Final = (MINUTE_MS, QUARTER_MS)
INTERVALS_MS: Final = (SECOND_MS, *LONGER_MS)
BUY: Final = TakerSide.BUY
SIZE_LIMITS_USD: Final = (10_000.0, 100_000.0, 1_000_000.0)
"""Trades are split by notional below each limit; the rest is at or above the last."""


class Bar(msgspec.Struct):
    """The open bar of one interval. Quantities are whole lots, values USD."""

    start: int
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    buy: int = 0
    sell: int = 0
    buy_usd: float = 0.0
    sell_usd: float = 0.0
    trades: int = 0
    late: int = 0
    delta_by_size: list[float] = msgspec.field(default_factory=lambda: [0.0] * 4)

    def add(self, trade: Trade, units: int, late: bool, quote_usd: float) -> None:
        """Count a trade of `units` lots; in lots, USD and by size."""
        price = trade.price
        usd = price * trade.qty * quote_usd
        if self.open is None or self.high is None or self.low is None:
            self.open = self.high = self.low = price
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.trades += 1
        if late:
            self.late += 1
        size = bisect_right(SIZE_LIMITS_USD, usd)
        if trade.taker is BUY:
            self.buy += units
            self.buy_usd += usd
            self.delta_by_size[size] += usd
        else:
            self.sell += units
            self.sell_usd += usd
            self.delta_by_size[size] -= usd

    def absorb(self, later: "Bar") -> None:
        """Count all that a later, shorter bar counted."""
        if later.open is not None and later.high is not None and later.low is not None:
            if self.open is None or self.high is None or self.low is None:
                self.open, self.high, self.low = later.open, later.high, later.low
            self.high, self.low = max(self.high, later.high), min(self.low, later.low)
            self.close = later.close
        self.buy += later.buy
        self.sell += later.sell
        self.buy_usd += later.buy_usd
        self.sell_usd += later.sell_usd
        self.trades += later.trades
        self.late += later.late
        for size, delta in enumerate(later.delta_by_size):
            self.delta_by_size[size] += delta

    @property
    def delta(self) -> int:
        """Taker buy - taker sell, lots."""
        return self.buy - self.sell

    @property
    def delta_usd(self) -> float:
        """Taker buy - taker sell, USD."""
        return self.buy_usd - self.sell_usd


class Poll(msgspec.Struct, frozen=True):
    """The last open-interest poll."""

    open_interest: float
    mark_price: float | None
    funding_rate: float | None


class FlowMinute(msgspec.Struct):
    """Delta of one minute: the grain in which the rolling CVD forgets."""

    start: int
    delta: int = 0
    delta_usd: float = 0.0


class Flow(msgspec.Struct):
    """Bars of every interval, the rolling CVD and the last two polls of open interest."""

    bars: dict[int, Bar] = {}
    minutes: list[FlowMinute] = []
    closed_cvd: tuple[int, float] | None = None
    """Sums (lots, USD) of all minutes but the last, which alone grows; None: to be added up."""
    cvd_points: list[float] = []
    """CVD (USD) at the end of the last closed minutes, for z-scores."""
    delta_points: list[float] = []
    poll: Poll | None = None
    oi_change: float | None = None
    oi_change_pct: float | None = None
    oi_points: list[float] = []
    quarter_volumes: list[float] = []
    """Traded USD of the last closed quarters of an hour, at most a day of them."""
    gap_from: int = 0
    gap_until: int = 0
    """Bars wholly inside this last outage of the trade stream are not emitted."""

    def open_second(self, time: int) -> Bar:
        """Return the bar that counts the trades at `time` (ms of the merged order). Only that of
        the second is touched; the longer ones absorb it when it closes."""
        bar = self.bars.get(SECOND_MS)
        if bar is None:
            bar = self.bars[SECOND_MS] = Bar(time - time % SECOND_MS)
        return bar

    def add_poll(self, poll: OpenInterest, settings: FlowSettings) -> None:
        """Note a poll; the change is against the poll before, across restarts and gaps alike."""
        before = self.poll.open_interest if self.poll is not None else None
        self.poll = Poll(poll.open_interest, poll.mark_price, poll.funding_rate)
        if before is not None:
            self.oi_change = poll.open_interest - before
            self.oi_change_pct = self.oi_change / before * 100 if before > 0 else None
            keep(self.oi_points, self.oi_change, settings.z_points)

    def close_bar(self, interval: int, end: int, settings: FlowSettings) -> Bar | None:
        """Close and return the bar of `interval` that ends at `end`; an empty one where no trade
        came, None inside an outage."""
        start = end - interval
        bar = self.bars.pop(interval, None)
        if bar is None:
            if self.was_away(start, end):
                return None
            bar = Bar(start)
        if interval == SECOND_MS:
            self._close_second(bar)
        elif interval == MINUTE_MS:
            self._close_minute(bar, end, settings)
        else:
            keep(self.quarter_volumes, bar.buy_usd + bar.sell_usd, DAY_MS // QUARTER_MS)
        return bar

    def was_away(self, start: int, end: int) -> bool:
        """Tell whether [start, end) lies wholly inside the last outage of the trade stream."""
        return self.gap_from <= start and end <= self.gap_until

    def day_volume_usd(self) -> float | None:
        """Return the volume of the last 24 h, None before a whole day was seen."""
        if len(self.quarter_volumes) < DAY_MS // QUARTER_MS:
            return None
        return plain_sum(self.quarter_volumes)

    def cvd(self) -> int:
        """Return the cumulative delta over the window, lots."""
        return self._closed_cvd()[0] + (self.minutes[-1].delta if self.minutes else 0)

    def cvd_usd(self) -> float:
        """Return the cumulative delta over the window, USD."""
        return self._closed_cvd()[1] + (self.minutes[-1].delta_usd if self.minutes else 0.0)

    def rescale(self, factor: int) -> None:
        """Go over to a lot that is finer by `factor`."""
        for bar in self.bars.values():
            bar.buy, bar.sell = bar.buy * factor, bar.sell * factor
        for minute in self.minutes:
            minute.delta *= factor
        self.closed_cvd = None

    def revalue(self, factor: float) -> None:
        """Turn what was counted in a quote currency of unknown value into USD, now it is known."""
        if factor == 1.0:
            return
        for bar in self.bars.values():
            bar.buy_usd, bar.sell_usd = bar.buy_usd * factor, bar.sell_usd * factor
            bar.delta_by_size = [delta * factor for delta in bar.delta_by_size]
        for minute in self.minutes:
            minute.delta_usd *= factor
        self.closed_cvd = None
        for points in (self.cvd_points, self.delta_points, self.quarter_volumes):
            points[:] = [point * factor for point in points]

    def _closed_cvd(self) -> tuple[int, float]:
        if self.closed_cvd is None:
            closed = self.minutes[:-1]
            self.closed_cvd = (
                plain_sum(minute.delta for minute in closed),
                plain_sum([minute.delta_usd for minute in closed], 0.0),
            )
        return self.closed_cvd

    def _close_second(self, bar: Bar) -> None:
        for interval in LONGER_MS:
            longer = self.bars.get(interval)
            if longer is None:
                longer = self.bars[interval] = Bar(bar.start - bar.start % interval)
            longer.absorb(bar)
        minute = bar.start - bar.start % MINUTE_MS
        if not self.minutes or self.minutes[-1].start != minute:
            self.minutes.append(FlowMinute(minute))
            self.closed_cvd = None
        self.minutes[-1].delta += bar.delta
        self.minutes[-1].delta_usd += bar.delta_usd

    def _close_minute(self, bar: Bar, end: int, settings: FlowSettings) -> None:
        while self.minutes and self.minutes[0].start < end - settings.cvd_window_ms:
            del self.minutes[0]
            self.closed_cvd = None
        keep(self.cvd_points, self.cvd_usd(), settings.z_points)
        keep(self.delta_points, bar.delta_usd, settings.z_points)


def keep(points: list[float], value: float, count: int) -> None:
    """Append `value`; forget all but the last `count` points."""
    points.append(value)
    del points[:-count]


def z_score(points: list[float], minimum: int = 3) -> float:
    """Return how many standard deviations the last point lies from the mean of all; 0 while there
    are fewer than `minimum` points or they do not vary."""
    if len(points) < minimum:
        return 0.0
    mean = plain_sum(points) / len(points)
    variance = plain_sum([(point - mean) ** 2 for point in points]) / len(points)
    return (points[-1] - mean) / variance**0.5 if variance > 0 else 0.0
