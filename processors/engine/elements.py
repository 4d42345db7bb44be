"""What the merge releases: one market event each, in its place among those of all streams."""

from typing import NamedTuple

from schemas.market import AnyDepth, OpenInterest, Trade


class DepthElement(NamedTuple):
    """A depth record in its place: `at` its own time, ms, and at `time` all trades are known that
    can explain it."""

    time: int
    at: int
    record: AnyDepth
    offset: int
    received_us: int


class TradeElement(NamedTuple):
    """One trade in its place; `late` if the stream had already passed its own time."""

    time: int
    trade: Trade
    late: bool
    received_us: int
    offset: int
    beside_book: bool = False
    """Whether it met liquidity that depth does not show: no level lost it."""


class PollElement(NamedTuple):
    """An open-interest poll in its place: before the trade pack at `offset`."""

    time: int
    poll: OpenInterest
    poll_offset: int
    offset: int

    @property
    def received_us(self) -> int:
        """When the answer was received."""
        return self.poll.received_us


class TradeGap(NamedTuple):
    """The trade stream stood still from `time` until `until`: the feed was away."""

    time: int
    until: int
    received_us: int
    offset: int


class UnsoundTrades(NamedTuple):
    """Trades with an event time from `since` to `until` (ms, inclusive) may be missing."""

    time: int
    since: int
    until: int
    received_us: int
    offset: int


class PackEnd(NamedTuple):
    """All of the trade pack at `offset` was released; later trades have a time >= `floor`."""

    time: int
    floor: int
    received_us: int
    offset: int


class QuoteRate(NamedTuple):
    """From here on one unit of the quote currency is worth `usd` USD."""

    time: int
    usd: float
    received_us: int
    offset: int


TradeStreamElement = TradeElement | PollElement | TradeGap | UnsoundTrades | QuoteRate | PackEnd
OtherElement = DepthElement | PollElement | TradeGap | UnsoundTrades | QuoteRate | PackEnd
"""All but trades."""
Element = DepthElement | TradeStreamElement
