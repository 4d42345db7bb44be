"""A parsed frame: an event of a market, or what concerns the connection alone."""

from typing import NamedTuple

from ingest.errors import FrameError
from ingest.venues.events import (
    BookSnapshot,
    DepthUpdate,
    MarkPrice,
    SkippedTrade,
    Ticker,
    TopOfBook,
    TradeRun,
    TradeUpdate,
)


class Reply(NamedTuple):
    """Answer to a request made on the connection."""

    request_id: int | None
    error: str
    """Empty: accepted."""
    stream: str = ""
    """The one stream that is answered; empty: all streams of the request."""


class Notice(NamedTuple):
    """The venue announces that it will close the connection."""

    reason: str


class Ignored(NamedTuple):
    """A valid frame that ingest does not use."""

    what: str


Event = (
    DepthUpdate
    | BookSnapshot
    | TradeUpdate
    | TradeRun
    | SkippedTrade
    | MarkPrice
    | Ticker
    | TopOfBook
    | Reply
    | Notice
    | Ignored
)


def check_owner(event: Event, stream: str, symbol: str) -> None:
    """Raise FrameError for an event that names another symbol than its stream does: no frame of one
    symbol may touch the book of another."""
    named = getattr(event, "symbol", symbol)
    if named != symbol:
        raise FrameError(f"{stream}: it names the symbol {named[:40]!r}", stream)


class ParsedFrame(NamedTuple):
    """A parsed frame."""

    stream: str
    """Stream name under which it was sent; empty for a reply."""
    event: Event
    stated_time: int = 0
    """Newest time that the frame states about itself, ms; 0: none."""
