"""Checks the watch list against the venue before anything is opened."""

import difflib
from collections.abc import Sequence
from typing import Final

from ingest.errors import FrameError, IngestError
from ingest.rest import RestClient, RestError
from ingest.venues.base import Venue

CLOSE_MATCHES: Final = 3


def normalized(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return the symbols in upper case, each once. Raises IngestError if there is none."""
    unique = tuple(dict.fromkeys(symbol.strip().upper() for symbol in symbols if symbol.strip()))
    if not unique:
        raise IngestError("no symbol to watch: name at least one in ingest.symbols")
    return unique


async def check_symbols(
    venue: Venue, rest: RestClient, symbols: Sequence[str], address: str
) -> None:
    """Ask the venue for its symbols. Raises IngestError if it is away or lacks one of them."""
    try:
        known = venue.parse_symbols(await rest.get(venue.symbols_request()))
    except (RestError, FrameError) as error:
        raise IngestError(
            f"venue {venue.name} at {address} does not answer as it should ({error}): "
            "check the network and ingest.rest_url"
        ) from None
    for symbol in symbols:
        if symbol not in known:
            close = difflib.get_close_matches(symbol, known, CLOSE_MATCHES)
            hint = f"; did you mean {', '.join(close)}?" if close else ""
            raise IngestError(f"symbol {symbol} does not trade on {venue.name}{hint}")
