"""Routes (which connections carry which streams) and the combined-stream frame."""

from enum import StrEnum


class ExchangeRoute(StrEnum):
    """Route of a connection, given by its path."""

    PUBLIC = "public"
    """Order books of USD-M."""
    MARKET = "market"
    """Everything else of USD-M."""
    PRIVATE = "private"
    """Streams of an account, which the exchange does not have: it stays silent."""
    SPOT = "spot"
    """All of spot."""
    COINM = "coinm"
    """All of COIN-M."""
    STREAMED = "streamed"
    """All of a venue whose books come on the stream."""


def combined(stream: str, data: bytes) -> bytes:
    """Return the frame of a `/stream` connection around the payload of a `/ws` one."""
    return b'{"stream":"%s","data":%s}' % (stream.encode(), data)
