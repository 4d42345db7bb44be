"""The interface of a venue description, and the typed events its frames are parsed into.

A venue only describes: URLs, requests, frame formats and the sequence rule of depth updates. It has
no I/O and no state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

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


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One REST call with its weight."""

    path: str
    weight: int
    """Request weight as documented by the venue."""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamRoute:
    """One kind of connection: where it goes and which streams of a symbol it carries."""

    name: str
    """Prefix of connection names in logs and reports: `market` gives `market-0`, `market-1`."""
    url: str
    kinds: tuple[str, ...]
    """Suffixes of its stream names after `<symbol>@`."""
    carries_depth: bool
    carries_trades: bool

    def streams(self, symbol: str) -> tuple[str, ...]:
        """Return the streams of a symbol on this route."""
        return tuple(f"{symbol.lower()}@{kind}" for kind in self.kinds)


TRADING: Final = "TRADING"


class Listed(NamedTuple):
    """A symbol in the venue's listing."""

    symbol: str
    status: str
    """The venue's status, such as TRADING or SETTLING; empty if missing."""
    in_all: bool
    """Whether the watch list `all` includes it, as long as it trades."""
    note: str = ""
    """Why `all` excludes it, if that is unexpected for its contract type; else empty."""

    @property
    def trades(self) -> bool:
        """Whether its order book is open."""
        return self.status == TRADING


class BrokenListing(NamedTuple):
    """An entry of the listing that cannot be parsed."""

    symbol: str
    """Empty if even that is unreadable."""
    reason: str
    raw: bytes


class ListingPage(NamedTuple):
    """The parsed listing."""

    symbols: tuple[Listed, ...]
    broken: tuple[BrokenListing, ...] = ()


class SequenceRule(Protocol):
    """How depth updates and snapshots of a venue connect."""

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """Whether the snapshot already contains the whole update."""
        ...

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """Whether the update may be the first one applied to the snapshot."""
        ...

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """Whether the update follows the previous one without a gap."""
        ...


class Venue(Protocol):
    """The interface of a venue."""

    @property
    def name(self) -> str:
        """Name used in keys, for example `binance_usdm`."""
        ...

    @property
    def sequence(self) -> SequenceRule:
        """The venue's sequence rule."""
        ...

    @property
    def weight_header(self) -> str:
        """Response header that states the weight used in the running minute."""
        ...

    @property
    def max_connection_s(self) -> float:
        """Age at which a connection is replaced, before the venue closes it, s."""
        ...

    @property
    def max_streams(self) -> int:
        """Most streams per connection."""
        ...

    @property
    def messages_per_s(self) -> int:
        """Messages that the venue accepts on a connection in one second, pings included."""
        ...

    @property
    def time_path(self) -> str:
        """REST path of the venue's time (`serverTime`, ms)."""
        ...

    @property
    def routes(self) -> tuple[StreamRoute, ...]:
        """The routes, the one that carries depth first."""
        ...

    @property
    def depth_tells_time(self) -> bool:
        """Whether depth and trades share a connection, so that either advances the time of both."""
        ...

    def depth_stream(self, symbol: str) -> str:
        """Return the name of the symbol's depth stream."""
        ...

    def interest_stream(self, symbol: str) -> str:
        """Return the name under which open-interest polls are reported in `market.status`."""
        ...

    def subscription(self, streams: Sequence[str], request_id: int) -> str:
        """Return the message that subscribes to `streams` on an open connection."""
        ...

    def unsubscription(self, streams: Sequence[str], request_id: int) -> str:
        """Return the message that ends the subscription to `streams`."""
        ...

    def parse(self, raw: bytes) -> ParsedFrame:
        """Parse one frame. Raises FrameError."""
        ...

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> BookSnapshot:
        """Parse a REST depth answer. Raises FrameError."""
        ...

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Parse an open-interest answer. Raises FrameError."""
        ...

    def parse_symbols(self, raw: bytes) -> ListingPage:
        """Parse the listing of all symbols. Raises FrameError if no entry can be parsed."""
        ...

    def depth_request(self, symbol: str) -> RestRequest:
        """Return the call for a depth snapshot."""
        ...

    def interest_request(self, symbol: str) -> RestRequest | None:
        """Return the call for the open interest; None where the venue has none."""
        ...

    def symbols_request(self) -> RestRequest:
        """Return the call for the list of symbols."""
        ...
