"""The interface of a venue description.

A venue only describes: URLs, requests, frame formats and the sequence rule of depth updates. It has
no I/O and no state.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from ingest.venues.events import DepthUpdate
from ingest.venues.parsed import ParsedFrame
from ingest.venues.rest_rules import RestRules
from ingest.venues.stream_rules import ConnectionRules, StreamRoute, StreamTraits
from schemas.instrument import Instrument


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

    def restarts(self, image_id: int) -> bool:
        """Whether a book on the stream with this id begins the venue's numbers anew."""
        ...


class StreamRules(Protocol):
    """A venue's streams: connections, names, subscriptions and frames."""

    @property
    def routes(self) -> tuple[StreamRoute, ...]:
        """The routes, the one that carries depth first."""
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
    def depth_tells_time(self) -> bool:
        """Whether depth and trades share a connection, so that either advances the time of both."""
        ...

    @property
    def traits(self) -> StreamTraits:
        """What its streams are like."""
        ...

    @property
    def rules(self) -> ConnectionRules:
        """What it asks of those who connect."""
        ...

    def symbol_of(self, stream: str) -> str:
        """Return the symbol of a stream, empty if the name has none."""
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

    def stream_in(self, raw: bytes) -> str:
        """Return the stream of a frame, without parsing its data; empty if it has none."""
        ...

    def stream_begun(self, raw: bytes, at: int) -> bytes:
        """Return the name of the stream that a frame begins with, without parsing it; `at` is its
        place in `raw`. Empty where it does not begin with one that needs no unescaping."""
        ...

    @property
    def is_unused(self) -> Callable[[bytes, int], object]:
        """Tells by how a frame begins, true or false, that nobody reads what `parse` makes of it;
        called with the bytes and the place of the frame in them. False in doubt: then it is
        parsed."""
        ...


class Venue(StreamRules, RestRules, Protocol):
    """The interface of a venue."""

    @property
    def name(self) -> str:
        """Name used in keys, for example `binance_usdm`."""
        ...

    @property
    def sequence(self) -> SequenceRule:
        """The venue's sequence rule."""
        ...

    def instrument(self, symbol: str) -> Instrument | None:
        """Return what the name of a symbol tells about it, where there is no listing; None where
        the units of its quantities do not follow from it."""
        ...

    def dollar_pair(self, currency: str) -> str:
        """Return how the market of a currency in dollars is called where the listing has none."""
        ...
