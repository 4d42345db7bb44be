"""What a protocol with books on the stream consists of."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from ingest.exchange.market.book import Book, Side
from ingest.exchange.market.simulated_symbol import Fill, SimulatedSymbol
from ingest.exchange.market.spec import SymbolSpec

Levels = tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]]
"""Ticks and lots of bids and asks; 0 lots delete."""


class Request(NamedTuple):
    """A message of a client, understood."""

    subscribe: tuple[str, ...] = ()
    """Streams, by their names inside the exchange."""
    unsubscribe: tuple[str, ...] = ()
    replies: tuple[bytes, ...] = ()


class BookFrame(NamedTuple):
    """One frame of a book."""

    levels: Levels
    number: int
    previous: int
    """Number of the frame before; -1 in the whole book."""
    sent_ms: int
    changed_ms: int
    proved: Levels | None = None
    """The best levels after it, where it is to prove them."""

    @property
    def is_whole(self) -> bool:
        """Whether it states all levels."""
        return self.previous < 0


class StreamedProtocol(Protocol):
    """One venue."""

    path: str
    """Of its WebSocket."""
    window: int
    """Levels a side that it publishes."""
    listing_path: str
    time_path: str
    depth_path: str
    """Of the request for a book; empty: there is none that fits the stream."""
    depth_symbol: str
    """Name of its parameter, and of that of a price."""
    price_path: str
    restarts_with_book: bool
    """Whether a restart is told with the whole book, else by a lower number that chains."""
    keep_alive_ms: int
    """A book without a change for so long is told by an empty frame; 0: it is not."""

    def next_number(self, number: int, market: SimulatedSymbol) -> int:
        """Return the number of the frame after `number`."""
        ...

    def understood(self, raw: bytes) -> Request:
        """Read a message of a client."""
        ...

    def book(self, spec: SymbolSpec, frame: BookFrame) -> bytes:
        """Return a frame of the book."""
        ...

    def answer(self, spec: SymbolSpec, frame: BookFrame) -> bytes:
        """Return the answer to a request for the book."""
        ...

    def trades(self, spec: SymbolSpec, fills: Sequence[Fill], sent_ms: int) -> list[bytes]:
        """Return the frames of trades."""
        ...

    def figures(self, kind: str, market: SimulatedSymbol, is_whole: bool) -> bytes:
        """Return a frame of open interest, mark price or funding."""
        ...

    def listing(self, entries: Sequence[tuple[SymbolSpec, bool]]) -> dict[str, Any]:
        """Return the answer that lists symbols and whether they trade."""
        ...

    def price(self, symbol: str, price: str) -> dict[str, Any]:
        """Return the answer that states a last price."""
        ...

    def time(self, now_ms: int) -> dict[str, Any]:
        """Return the answer that states the time."""
        ...


def window_of(book: Book, levels: int) -> tuple[dict[int, int], dict[int, int]]:
    """Return the published levels of a book."""
    return dict(book.top(Side.BID, levels)), dict(book.top(Side.ASK, levels))


def changes(before: dict[int, int], after: dict[int, int]) -> list[tuple[int, int]]:
    """Return what a frame has to say; a level that left the window is sent as deleted."""
    gone = [(tick, 0) for tick in before if tick not in after]
    return gone + [(tick, lots) for tick, lots in after.items() if before.get(tick) != lots]
