"""What the streams of a venue are like: where they are, what they carry, what is asked of those who
connect."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class StreamRoute:
    """One kind of connection: where it goes and which streams of a symbol it carries."""

    name: str
    """Prefix of connection names in logs and reports: `market` gives `market-0`, `market-1`."""
    url: str
    kinds: tuple[str, ...]
    """What its streams carry, such as `depth@100ms`, `publicTrade`."""
    carries_depth: bool
    carries_trades: bool
    naming: str = "{lower}@{kind}"
    """Name of a stream: of its kind and the symbol, as it is (`symbol`) or in lower case."""

    def streams(self, symbol: str) -> tuple[str, ...]:
        """Return the streams of a symbol on this route."""
        return tuple(self.named(kind, symbol) for kind in self.kinds)

    def named(self, kind: str, symbol: str) -> str:
        """Return the name of one stream."""
        return self.naming.format(kind=kind, symbol=symbol, lower=symbol.lower())


@dataclass(frozen=True, slots=True)
class StreamTraits:
    """What a venue's streams are like. The defaults are those of a book that begins with a REST
    snapshot and reaches as far as that, and of trades that are numbered without a hole."""

    sends_book: bool = False
    """Whether a subscription begins with the whole book, so that a lost one is subscribed to
    anew."""
    window_levels: int | None = None
    """Levels a side that are published; one that leaves them is sent as deleted."""
    gapless_trade_ids: bool = True
    """Whether an id that is missing means a missing trade."""


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """What a venue asks of those who connect, beside messages a second and streams."""

    heartbeat: str = ""
    """Text to be sent every `heartbeat_s`; empty: none, WebSocket pings are enough."""
    heartbeat_s: float = 20.0
    connect_pause_s: float = 0.0
    """Shortest time between two connection attempts."""
    max_stream_chars: int | None = None
    """Most characters of the list of all streams of a connection, as JSON."""
    requests_per_hour: int | None = None
    """Most subscribe and unsubscribe messages of a connection."""


NO_RULES: Final = ConnectionRules()
REST_BOOK: Final = StreamTraits()
