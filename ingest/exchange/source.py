"""The interface the servers need from a market, simulated or captured."""

from typing import Any, Protocol

from ingest.exchange.hub import Hub
from ingest.exchange.statistics.history import SymbolHistory


class Source(Protocol):
    """A served market. Unknown symbols are refused by the caller."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that exist on this exchange, upper case."""
        ...

    @property
    def now_ms(self) -> int:
        """The venue's time, ms."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the last frame of a finite source was delivered."""
        ...

    def symbol_info(self) -> list[dict[str, Any]]:
        """Return the `symbols` of exchangeInfo."""
        ...

    def listing(self) -> dict[str, Any]:
        """Return the listing of a venue whose books come on the stream. Raises VenueError."""
        ...

    async def depth(self, symbol: str, limit: int) -> bytes:
        """Return the depth snapshot as JSON. Raises VenueError."""
        ...

    def open_interest(self, symbol: str) -> dict[str, Any]:
        """Return the openInterest answer. Raises VenueError where it is unavailable."""
        ...

    def premium_index(self, symbol: str) -> dict[str, Any]:
        """Return the premiumIndex answer. Raises VenueError where it is unavailable."""
        ...

    def last_price(self, symbol: str) -> str:
        """Return the last price of any symbol, as the venue writes it. Raises VenueError."""
        ...

    def recent_trades(self, symbol: str, limit: int) -> list[dict[str, Any]]:
        """Return the newest aggregated trades, oldest first. Raises VenueError."""
        ...

    def histories(self) -> dict[str, SymbolHistory]:
        """Return what symbols remember for statistics. Raises VenueError where nothing is."""
        ...

    def status(self) -> dict[str, Any]:
        """Return the source's own part of the status page."""
        ...

    async def run(self, hub: Hub) -> None:
        """Publish to `hub` until the source is exhausted or the task is cancelled."""
        ...


class SimulatedMarket(Protocol):
    """Operations only a simulated market supports. Unknown symbols raise KeyError."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that are listed."""
        ...

    async def depth(self, symbol: str, limit: int) -> bytes:
        """Return the depth snapshot as JSON. Raises VenueError."""
        ...

    async def frame_boundary(self, symbol: str, interval_ms: int) -> None:
        """Wait until a depth frame of this interval has just been published."""
        ...

    def book(self, symbol: str) -> dict[str, Any]:
        """Return the whole book and the best levels after each of the newest steps."""
        ...

    def set_activity(self, symbol: str, factor: float) -> None:
        """Let makers and takers of a symbol act `factor` times as often as usual."""
        ...

    def check_symbol(self, symbol: str) -> None:
        """Raise ExchangeError for a symbol that cannot be simulated."""
        ...

    def list_symbol(self, symbol: str) -> None:
        """Open trading of a symbol. Raises ExchangeError for one that cannot be simulated."""
        ...

    def restart(self, symbol: str) -> bytes | None:
        """Number a book on the stream anew and return the frame that says so; None where books
        begin with a REST snapshot."""
        ...

    def leave_out_first(self, symbol: str, count: int) -> None:
        """Let the next `count` subscriptions to a book begin without it."""
        ...

    def delist(self, symbol: str) -> None:
        """End trading of a symbol: no frames, no snapshots, status no longer TRADING."""
        ...
