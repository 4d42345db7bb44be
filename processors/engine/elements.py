"""What the merge releases: one market event each, in its place among those of all streams."""

import msgspec

from schemas.market import AnyDepth, OpenInterest, Trade


class DepthElement(msgspec.Struct, frozen=True, gc=False):
    """A depth record in its place: `at` its own time, ms, and at `time` all trades are known that
    can explain it."""

    time: int
    at: int
    record: AnyDepth
    offset: int
    received_us: int


class TradeGroup(msgspec.Struct, frozen=True, gc=False):
    """Trades of the pack at `offset` that have one place, in their order. One that is late or
    beside the book is a group of its own."""

    time: int
    trades: list[Trade]
    received_us: int
    offset: int
    late: bool = False
    """Whether the stream had already passed its own time."""
    beside_book: bool = False
    """Whether it met liquidity that depth does not show: no level lost it."""


class PollElement(msgspec.Struct, frozen=True, gc=False):
    """An open-interest poll in its place: before the trade pack at `offset`."""

    time: int
    poll: OpenInterest
    poll_offset: int
    offset: int

    @property
    def received_us(self) -> int:
        """When the answer was received."""
        return self.poll.received_us


class TradeGap(msgspec.Struct, frozen=True, gc=False):
    """The trade stream stood still from `time` until `until`: the feed was away."""

    time: int
    until: int
    received_us: int
    offset: int


class UnsoundTrades(msgspec.Struct, frozen=True, gc=False):
    """Trades with an event time from `since` to `until` (ms, inclusive) may be missing."""

    time: int
    since: int
    until: int
    received_us: int
    offset: int


class PackEnd(msgspec.Struct, frozen=True, gc=False):
    """All of the trade pack at `offset` was released; later trades have a time >= `floor`."""

    time: int
    floor: int
    received_us: int
    offset: int


class QuoteRate(msgspec.Struct, frozen=True, gc=False):
    """From here on one unit of the quote currency is worth `usd` USD."""

    time: int
    usd: float
    received_us: int
    offset: int


TradeStreamElement = TradeGroup | PollElement | TradeGap | UnsoundTrades | QuoteRate | PackEnd
OtherElement = DepthElement | PollElement | TradeGap | UnsoundTrades | QuoteRate | PackEnd
"""All but trades."""
Element = DepthElement | TradeStreamElement
