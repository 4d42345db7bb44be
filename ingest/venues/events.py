"""What happens in a market, as a venue's frames and REST answers tell it."""

from typing import Final, NamedTuple

from schemas.market import Level, Trade


class DepthUpdate(NamedTuple):
    """One frame of changed levels; quantities are absolute, 0 deletes."""

    symbol: str
    event_time: int
    """Transaction time of the last change, ms."""
    first_id: int
    last_id: int
    prev_id: int
    bids: list[Level]
    asks: list[Level]


class BookSnapshot(NamedTuple):
    """The whole book: a REST depth snapshot, or a book that the venue sends on its stream."""

    symbol: str
    """Empty if the answer does not name it."""
    event_time: int
    last_id: int
    bids: list[Level]
    asks: list[Level]
    stated_time: int = 0
    """Newest time that the answer states, ms; 0: none."""


class TradeUpdate(NamedTuple):
    """One trade of one symbol."""

    symbol: str
    trade: Trade
    ids: int = 1
    """Trade ids that it stands for; its own is the last of them."""
    beside_book: bool = False
    """Whether it met liquidity that depth does not show (retail price improvement)."""


class TradeRun(NamedTuple):
    """The trades of one frame, in the venue's order; at least one."""

    symbol: str
    trades: tuple[TradeUpdate, ...]

    @property
    def event_time(self) -> int:
        """Newest time of a trade, ms."""
        return max(update.trade.event_time for update in self.trades)


class SkippedTrade(NamedTuple):
    """A trade id that the venue used for something that did not trade on the book."""

    symbol: str
    trade_id: int
    event_time: int
    """ms."""


class MarkPrice(NamedTuple):
    """Mark price and funding; sent periodically, so it also gives the venue's time."""

    symbol: str
    sent_time: int
    """Venue time at which the frame was sent, ms."""
    mark_price: float
    funding_rate: float | None
    """None while the contract has no funding."""
    next_funding_time: int | None


class Ticker(NamedTuple):
    """Figures of a contract that a stream tells; None: unchanged since the frame before."""

    symbol: str
    event_time: int
    """ms."""
    is_whole: bool
    """Whether it states everything: what it leaves out is unknown."""
    open_interest: float | None = None
    """Base quantity, one side counted."""
    open_interest_both: float | None = None
    """Base quantity, both sides counted; where the venue states no other."""
    mark_price: float | None = None
    funding_rate: float | None = None
    next_funding_time: int | None = None


class TopOfBook(NamedTuple):
    """Best bid and ask after an update."""

    symbol: str
    event_time: int
    update_id: int
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float


class PolledInterest(NamedTuple):
    """Answer to an open-interest request."""

    event_time: int
    open_interest: float


FeedEvent = DepthUpdate | BookSnapshot | TradeUpdate | TradeRun | SkippedTrade | MarkPrice | Ticker
"""What concerns one symbol."""

BOOK_EVENTS: Final = (DepthUpdate, BookSnapshot)
TRADE_EVENTS: Final = (TradeUpdate, TradeRun)
"""As tuples: a union is made anew each time that somebody asks, several times a frame."""
FEED_EVENTS: Final = (
    DepthUpdate,
    BookSnapshot,
    TradeUpdate,
    TradeRun,
    SkippedTrade,
    MarkPrice,
    Ticker,
)


def venue_time_of(event: FeedEvent) -> int:
    """Return the venue time that an event states, ms; 0: none."""
    if isinstance(event, TradeUpdate):
        return event.trade.event_time
    return event.sent_time if isinstance(event, MarkPrice) else event.event_time
