"""What a venue description provides, and the typed events its frames become.

A venue only describes: where to connect, what to ask for, how a frame reads, when two depth updates
belong together. It opens nothing and remembers nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

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


class Snapshot(NamedTuple):
    """A REST answer with the state of a book."""

    symbol: str
    """Empty where the answer does not tell."""
    event_time: int
    last_id: int
    bids: list[Level]
    asks: list[Level]


class TradeUpdate(NamedTuple):
    """One trade of one symbol."""

    symbol: str
    trade: Trade


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


Event = DepthUpdate | TradeUpdate | MarkPrice | TopOfBook | Reply | Ignored


class Frame(NamedTuple):
    """A frame as it was understood."""

    stream: str
    """Stream name under which it was sent; empty for a reply."""
    event: Event


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
class ConnectionPlan:
    """One connection: its address and what to subscribe to."""

    name: str
    """Names the connection in logs and reports, for example `market-0`."""
    url: str
    streams: Mapping[str, str]
    """Stream name → symbol."""
    carries_depth: bool
    carries_trades: bool

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols whose streams it carries."""
        return tuple(dict.fromkeys(self.streams.values()))


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

    def plan(self, symbols: Sequence[str]) -> tuple[ConnectionPlan, ...]:
        """Return the connections that carry all streams of `symbols`."""
        ...

    def depth_stream(self, symbol: str) -> str:
        """Return the name of the symbol's depth stream."""
        ...

    def interest_stream(self, symbol: str) -> str:
        """Return the name under which open-interest polls are reported in `market.status`."""
        ...

    def subscriptions(self, streams: Iterable[str]) -> tuple[str, ...]:
        """Return the messages that subscribe to `streams` on an open connection."""
        ...

    def parse(self, raw: bytes) -> Frame:
        """Read one frame. Raises FrameError."""
        ...

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> Snapshot:
        """Read a REST depth answer. Raises FrameError."""
        ...

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Read an open-interest answer. Raises FrameError."""
        ...

    def parse_symbols(self, raw: bytes) -> tuple[str, ...]:
        """Read the list of all symbols that trade. Raises FrameError."""
        ...

    def depth_request(self, symbol: str) -> RestRequest:
        """Return the call for a depth snapshot."""
        ...

    def interest_request(self, symbol: str) -> RestRequest:
        """Return the call for the open interest."""
        ...

    def symbols_request(self) -> RestRequest:
        """Return the call for the list of symbols."""
        ...
