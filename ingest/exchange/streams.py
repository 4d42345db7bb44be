"""Stream names of Binance USD-M and the route that carries each.

Source: the venue's documentation of its WebSocket market streams. Since April 2026 order-book
streams live on `/public` and everything else on `/market`; a stream that is subscribed on the
other route is acknowledged and stays silent. The old root behaves like `/public`.
"""

from enum import StrEnum

DEPTH_INTERVALS_MS = {
    "depth@0ms": 0,
    "depth@100ms": 100,
    "depth": 250,
    "depth@250ms": 250,
    "depth@500ms": 500,
}
"""Kind of depth stream → interval between two frames, ms; 0: every change of the book."""

_MARKET_KINDS = ("aggTrade", "trade", "markPrice", "markPrice@1s", "forceOrder")


class Route(StrEnum):
    """The kind of a connection, given by its path."""

    PUBLIC = "public"
    MARKET = "market"


def route_of(stream: str) -> Route | None:
    """Return the route that carries `stream`, None if the venue has no such stream."""
    _, _, kind = stream.partition("@")
    if kind in DEPTH_INTERVALS_MS or kind == "bookTicker":
        return Route.PUBLIC
    if kind in _MARKET_KINDS or kind.startswith("kline_"):
        return Route.MARKET
    return None


def depth_streams(symbol: str) -> tuple[str, ...]:
    """Return every depth stream of a symbol (any case)."""
    lower = symbol.lower()
    return tuple(f"{lower}@{kind}" for kind in DEPTH_INTERVALS_MS)


def combined(stream: str, data: bytes) -> bytes:
    """Return the frame of a `/stream` connection around the payload of a `/ws` one."""
    return b'{"stream":"%s","data":%s}' % (stream.encode(), data)
