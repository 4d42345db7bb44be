"""What a venue description provides, and the typed events its frames become.

A venue only describes: where to connect, what to ask for, how a frame reads, when two depth updates
belong together. It opens nothing and remembers nothing.
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
    """A REST answer with the state of a book."""

    symbol: str
    """Empty where the answer does not tell."""
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
    """A trade id that the venue gave to something that traded on no book."""

    symbol: str
    trade_id: int
    event_time: int
    """ms."""


def told_time(event: DepthUpdate | TradeUpdate) -> int:
    """Return the venue time that an event tells, ms."""
    return event.event_time if isinstance(event, DepthUpdate) else event.trade.event_time


class MarkPrice(NamedTuple):
    """Mark price and funding; sent on a clock, so it also tells the venue's time."""

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
    """A sound frame that says nothing ingest uses."""

    what: str


Event = DepthUpdate | TradeUpdate | SkippedTrade | MarkPrice | TopOfBook | Reply | Ignored


class ParsedFrame(NamedTuple):
    """A frame as it was understood."""

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
    """One REST call with what it costs."""

    path: str
    weight: int
    """Request weight as the venue states it."""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamRoute:
    """One kind of connection: where it goes and which streams of a symbol it carries."""

    name: str
    """Names its connections in logs and reports: `market` gives `market-0`, `market-1`."""
    url: str
    kinds: tuple[str, ...]
    """What comes after `<symbol>@` in the names of its streams."""
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
    """The venue's word for its state, such as TRADING or SETTLING; empty if it states none."""
    in_all: bool
    """Whether the watch list `all` includes it, as long as it trades."""
    note: str = ""
    """Why `all` leaves it out, where that is not expected of its kind; else empty."""

    @property
    def trades(self) -> bool:
        """Whether its order book is open."""
        return self.status == TRADING


class BrokenListing(NamedTuple):
    """An entry of the listing that cannot be read."""

    symbol: str
    """Empty if even that is unreadable."""
    reason: str
    raw: bytes


class ListingPage(NamedTuple):
    """The venue's answer: what it lists."""

    symbols: tuple[Listed, ...]
    broken: tuple[BrokenListing, ...] = ()


class SequenceRule(Protocol):
    """When depth updates and snapshots of a venue belong together."""

    def is_stale(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """Whether the snapshot already contains the whole update."""
        ...

    def bridges(self, snapshot_id: int, update: DepthUpdate) -> bool:
        """Whether the update may be the first one applied to the snapshot."""
        ...

    def follows(self, previous_id: int, update: DepthUpdate) -> bool:
        """Whether nothing is missing between the update applied before and this one."""
        ...


class Venue(Protocol):
    """A venue as far as ingest needs to know it."""

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
        """Most streams that one connection is given."""
        ...

    @property
    def messages_per_s(self) -> int:
        """Messages that the venue accepts on a connection in one second, pings included."""
        ...

    @property
    def time_path(self) -> str:
        """REST path that tells the venue's time in `serverTime`, ms."""
        ...

    @property
    def routes(self) -> tuple[StreamRoute, ...]:
        """The kinds of connection, the one that carries the depth first."""
        ...

    @property
    def depth_tells_time(self) -> bool:
        """Whether depth and trades share a connection, so that each tells the time for both."""
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
        """Read one frame. Raises FrameError."""
        ...

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> BookSnapshot:
        """Read a REST depth answer. Raises FrameError."""
        ...

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Read an open-interest answer. Raises FrameError."""
        ...

    def parse_symbols(self, raw: bytes) -> ListingPage:
        """Read the listing of all symbols. Raises FrameError if no entry can be read."""
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
