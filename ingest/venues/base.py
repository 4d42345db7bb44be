"""The interface of a venue description.

A venue only describes: URLs, requests, frame formats and the sequence rule of depth updates. It has
no I/O and no state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ingest.venues.events import BookSnapshot, DepthUpdate, ParsedFrame, PolledInterest
from ingest.venues.listing import ListingPage


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
