"""Binance's connections and the names of their streams.

Sources:
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from ingest.errors import UNREADABLE
from ingest.venues.stream_rules import NO_RULES, REST_BOOK, StreamRoute
from schemas.market import INTEREST_POLL

MAX_STREAMS: Final = 200
"""Streams per connection; the venue documents 1,024 but drops large connections more often."""
MAX_CONNECTION_S: Final = 23.5 * 3600
"""The venue closes a connection after 24 h."""


class _StreamOf(Struct):
    stream: str = ""


_BEGIN: Final = b'{"stream":"'
_stream_of = msgspec.json.Decoder(_StreamOf)


class BinanceStreams:
    """A market's streams; its description adds the routes and what nobody reads."""

    routes: tuple[StreamRoute, ...]
    messages_per_s: int
    """Inbound limit of a connection, pings and pongs included."""
    depth_tells_time: bool
    max_connection_s: float = MAX_CONNECTION_S
    max_streams: int = MAX_STREAMS
    traits = REST_BOOK
    rules = NO_RULES
    depth_kind: str
    """Suffix of a depth stream after `<symbol>@`."""
    unused: re.Pattern[bytes]
    """How a frame begins that nobody reads."""

    def depth_stream(self, symbol: str) -> str:
        """`<s>@depth@<speed>`."""
        return f"{symbol.lower()}@{self.depth_kind}"

    def interest_stream(self, symbol: str) -> str:
        """`<s>@openInterest`, our own name: the venue has no such stream."""
        return f"{symbol.lower()}{INTEREST_POLL}"

    def subscription(self, streams: Sequence[str], request_id: int) -> str:
        """A SUBSCRIBE message."""
        return _request("SUBSCRIBE", streams, request_id)

    def unsubscription(self, streams: Sequence[str], request_id: int) -> str:
        """An UNSUBSCRIBE message."""
        return _request("UNSUBSCRIBE", streams, request_id)

    def symbol_of(self, stream: str) -> str:
        """Return the symbol in the name of a stream, empty if there is none."""
        symbol, at, _ = stream.partition("@")
        return symbol.upper() if at else ""

    def stream_in(self, raw: bytes) -> str:
        """Return the stream of a frame; empty if it has none."""
        try:
            return _stream_of.decode(raw).stream
        except UNREADABLE:
            return ""

    def stream_begun(self, raw: bytes, at: int) -> bytes:
        """Return the name in `{"stream":"<name>"`."""
        begin = at + len(_BEGIN)
        if raw[at:begin] != _BEGIN:
            return b""
        name = raw[begin : raw.find(b'"', begin)]
        return b"" if b"\\" in name else name

    @property
    def is_unused(self) -> Callable[[bytes, int], object]:
        """Tells a book ticker by its stream's name and its own type: the best prices are those of
        the book that depth makes."""
        return self.unused.match


def _request(method: str, streams: Sequence[str], request_id: int) -> str:
    message = {"method": method, "params": list(streams), "id": request_id}
    return msgspec.json.encode(message).decode()
