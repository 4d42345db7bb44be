"""Which seconds are told: those in which something changed, and a sign of life in between.

A row stands for every second until the next one of its market, for `BOOK_REPEAT_MS` at most.
"""

import msgspec

from processors.engine.readings.flow import Bar, Flow, Poll
from schemas.signals.repeat import BOOK_REPEAT_MS, FLOW_REPEAT_MS


class BookSecond(msgspec.Struct, frozen=True):
    """What of a second of the book may change without its levels."""

    levels: tuple[int, int]
    open_orders: int
    threshold_usd: float
    invalid_reason: str | None
    quote_usd: float | None


class FlowSecond(msgspec.Struct, frozen=True):
    """What of a bar may change without a trade; and whether there was one, so that the first second
    after it is told."""

    has_trades: bool
    cvd: int
    cvd_usd: float
    poll: Poll | None
    oi_change: float | None


class ToldState(msgspec.Struct):
    """The last second of book and flow that was told."""

    book: BookSecond | None = None
    book_at: int = 0
    is_moved: bool = False
    """Whether a level changed since then."""
    flow: FlowSecond | None = None
    flow_at: int = 0

    def is_book_due(self, now: int, second: BookSecond, flickers: int) -> bool:
        """Return whether the book of the second that ends at `now` (ms) is to be told; then it
        counts as told."""
        is_same = not self.is_moved and not flickers and second == self.book
        if is_same and now - self.book_at < BOOK_REPEAT_MS:
            return False
        self.book, self.book_at, self.is_moved = second, now, False
        return True

    def is_bar_due(self, bar: Bar, flow: Flow) -> bool:
        """Return whether the bar of a second is to be told; then it counts as told."""
        cvd = flow.cvd(), flow.cvd_usd()
        second = FlowSecond(bar.trades > 0, *cvd, flow.poll, flow.oi_change)
        is_same = not bar.trades and second == self.flow
        if is_same and bar.start - self.flow_at < FLOW_REPEAT_MS:
            return False
        self.flow, self.flow_at = second, bar.start
        return True
