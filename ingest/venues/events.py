"""The typed events that a venue's frames and REST answers are parsed into."""

from typing import NamedTuple

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
    """A REST depth snapshot."""

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


class SkippedTrade(NamedTuple):
    """A trade id that the venue used for something that did not trade on the book."""

    symbol: str
    trade_id: int
    event_time: int
    """ms."""


def venue_time_of(event: DepthUpdate | TradeUpdate) -> int:
    """Return the venue time stated by an event, ms."""
    return event.event_time if isinstance(event, DepthUpdate) else event.trade.event_time


class MarkPrice(NamedTuple):
    """Mark price and funding; sent periodically, so it also gives the venue's time."""

    symbol: str
    sent_time: int
    """Venue time at which the frame was sent, ms."""
    mark_price: float
    funding_rate: float | None
    """None while the contract has no funding."""
    next_funding_time: int | None


class TopOfBook(NamedTuple):
    """Best bid and ask after an update."""

    symbol: str
    event_time: int
    update_id: int
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float


class Reply(NamedTuple):
    """Answer to a request made on the connection."""

    request_id: int | None
    error: str
    """Empty: accepted."""


class Ignored(NamedTuple):
    """A valid frame that ingest does not use."""

    what: str


Event = DepthUpdate | TradeUpdate | SkippedTrade | MarkPrice | TopOfBook | Reply | Ignored


class ParsedFrame(NamedTuple):
    """A parsed frame."""

    stream: str
    """Stream name under which it was sent; empty for a reply."""
    event: Event
    stated_time: int = 0
    """Newest time that the frame states about itself, ms; 0: none."""


class PolledInterest(NamedTuple):
    """Answer to an open-interest request."""

    event_time: int
    open_interest: float
