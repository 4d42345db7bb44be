"""The requests of a venue and how their answers read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ingest.venues.events import BookSnapshot, PolledInterest
from ingest.venues.listing import ListingPage


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One REST call with its weight."""

    path: str
    weight: int
    """Request weight as documented by the venue."""
    params: Mapping[str, str] = field(default_factory=dict)


class RestRules(Protocol):
    """A venue's REST API."""

    @property
    def weight_header(self) -> str:
        """Response header that states the weight used in the running minute."""
        ...

    @property
    def budget(self) -> str:
        """Name of the REST budget where another venue counts against it too; empty: its own."""
        ...

    @property
    def closed_s(self) -> Mapping[int, float]:
        """HTTP status → how long to send no request, where the answer does not say, s."""
        ...

    @property
    def time_path(self) -> str:
        """REST path of the venue's time."""
        ...

    def depth_request(self, symbol: str) -> RestRequest | None:
        """Return the call for a depth snapshot; None where none fits the stream."""
        ...

    def interest_request(self, symbol: str) -> RestRequest | None:
        """Return the call for the open interest; None where the venue has none."""
        ...

    def price_request(self, symbol: str) -> RestRequest:
        """Return the call for a market's last price."""
        ...

    def symbols_request(self, cursor: str = "") -> RestRequest:
        """Return the call for a page of the list of symbols, from the cursor of the page before."""
        ...

    def is_depth_answer(self, raw: bytes) -> bool:
        """Whether a line of a capture is the answer to a depth request, not a frame."""
        ...

    def parse_snapshot(self, raw: bytes, symbol: str = "") -> BookSnapshot:
        """Parse a REST depth answer. Raises FrameError."""
        ...

    def parse_interest(self, raw: bytes) -> PolledInterest:
        """Parse an open-interest answer. Raises FrameError."""
        ...

    def parse_price(self, raw: bytes) -> float:
        """Parse its answer. Raises FrameError."""
        ...

    def parse_symbols(self, raw: bytes) -> ListingPage:
        """Parse the listing of all symbols. Raises FrameError if no entry can be parsed."""
        ...

    def parse_time(self, raw: bytes) -> int:
        """Parse the answer that states the venue's time, ms. Raises FrameError."""
        ...
