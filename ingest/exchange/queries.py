"""Parameters of REST requests, with the venue's errors for wrong ones."""

from collections.abc import Container

from ingest.exchange.errors import VenueError

Query = dict[str, str]

_LONGEST = 19
"""Digits; more do not fit the venue's numbers."""


def wanted_symbol(query: Query, symbols: Container[str]) -> str:
    """Return the symbol that a request names. Raises VenueError if it is not among `symbols`."""
    symbol = query.get("symbol", "")
    if not symbol:
        raise VenueError(
            -1102,
            "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
        )
    if symbol not in symbols:
        raise VenueError(-1121, "Invalid symbol.")
    return symbol


def integer(query: Query, name: str, default: int) -> int:
    """Return a whole number that is not negative. Raises VenueError for anything else."""
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST:
        raise VenueError(-1130, f"Data sent for parameter '{name}' is not valid.")
    return int(text)


def limit_of(query: Query, default: int, most: int) -> int:
    """Return how many entries are asked for. Raises VenueError outside of 1 to `most`."""
    limit = integer(query, "limit", default)
    if not 1 <= limit <= most:
        raise VenueError(-1130, "Data sent for parameter 'limit' is not valid.")
    return limit


def limit_for_weight(query: Query, default: int) -> int:
    """Return the limit by which a request is weighed, also where it will be refused."""
    text = query.get("limit", str(default))
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else default
