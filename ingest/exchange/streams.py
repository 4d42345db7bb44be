"""Connections by what they carry, and the frame around a payload."""

from enum import StrEnum


class ExchangeRoute(StrEnum):
    """The kind of a connection, given by its path."""

    PUBLIC = "public"
    """Order books of USD-M."""
    MARKET = "market"
    """Everything else of USD-M."""
    SPOT = "spot"
    """All of spot."""


def combined(stream: str, data: bytes) -> bytes:
    """Return the frame of a `/stream` connection around the payload of a `/ws` one."""
    return b'{"stream":"%s","data":%s}' % (stream.encode(), data)
