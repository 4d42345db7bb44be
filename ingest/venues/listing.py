"""The parsed listing of a venue: which symbols it has and which of them trade."""

from typing import Final, NamedTuple

from schemas.instrument import Instrument

TRADING: Final = "TRADING"
NO_STATUS: Final = "it has no status"


class Listed(NamedTuple):
    """A symbol in the venue's listing."""

    symbol: str
    status: str
    """The venue's status, such as TRADING or SETTLING; empty if missing."""
    in_all: bool
    """Whether the watch list `all` includes it, as long as it trades."""
    note: str = ""
    """Why `all` excludes it, if that is unexpected for its contract type; else empty."""
    instrument: Instrument | None = None
    """Its units and steps; None if the listing does not state them."""

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
    cursor: str = ""
    """Where the next page begins; empty: this is the last one."""
