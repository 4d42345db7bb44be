"""What the watch list names, compared with what trades on the venue."""

import asyncio
import difflib
import logging
from collections.abc import Sequence
from typing import Final

from ingest.errors import FrameError, IngestError
from ingest.rest_api.budget import WeightBudget
from ingest.rest_api.client import RestClient, RestError
from ingest.venues.base import Listed, Venue

logger = logging.getLogger(__name__)

CLOSE_MATCHES: Final = 3
ALL: Final = "ALL"
"""The watch list that means every symbol, in upper case like the others."""


def normalized(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return the symbols in upper case, each once. Raises IngestError if there is none."""
    unique = tuple(dict.fromkeys(symbol.strip().upper() for symbol in symbols if symbol.strip()))
    if not unique:
        raise IngestError("no symbol to watch: name at least one in ingest.symbols")
    return unique


class VenueListing:
    """The symbols that trade, as the venue last told."""

    def __init__(self, venue: Venue, rest: RestClient) -> None:
        """Not known until `refresh`: every symbol then counts as one that trades."""
        self._venue = venue
        self._rest = rest
        self._listed: tuple[Listed, ...] = ()
        self._trading: frozenset[str] = frozenset()
        self.is_known = False

    @property
    def everything(self) -> tuple[str, ...]:
        """What the watch list `all` means."""
        return tuple(listed.symbol for listed in self._listed if listed.in_all)

    def __contains__(self, symbol: str) -> bool:
        """Whether a symbol trades."""
        return symbol in self._trading or not self.is_known

    async def refresh(self) -> None:
        """Ask the venue. Raises RestError or FrameError; what was known then stays."""
        self._listed = self._venue.parse_symbols(
            await self._rest.get(self._venue.symbols_request())
        )
        self.is_known = True
        self._trading = frozenset(listed.symbol for listed in self._listed)

    def unknown(self, symbol: str) -> str:
        """Return one line that says so, with what may have been meant."""
        close = difflib.get_close_matches(symbol, self._trading, CLOSE_MATCHES)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        return f"symbol {symbol} does not trade on {self._venue.name}{hint}"

    def expanded(self, symbols: Sequence[str]) -> tuple[str, ...]:
        """Return the symbols of a watch list, `all` spelled out. Raises IngestError."""
        if ALL not in symbols:
            for symbol in symbols:
                if symbol not in self:
                    raise IngestError(self.unknown(symbol))
            return tuple(symbols)
        if self.is_known and not self.everything:
            raise IngestError(f"nothing trades on {self._venue.name} that `all` could mean")
        return self.everything


async def ask_listing(
    venue: Venue, rest: RestClient, budget: WeightBudget, address: str
) -> VenueListing:
    """Return the venue's symbols. Raises IngestError if it does not answer as it should.

    Where the venue does not want to be asked for now, the listing is not known yet.
    """
    listing = VenueListing(venue, rest)
    closed_s = budget.closed_s(asyncio.get_running_loop().time())
    if closed_s > 0:
        logger.warning("no REST request for %.0f s: the venue has said so before", closed_s)
        return listing
    try:
        await listing.refresh()
    except (RestError, FrameError) as error:
        if budget.on_probation:
            logger.warning("%s; the symbols are checked later", error)
            return listing
        raise IngestError(
            f"venue {venue.name} at {address} does not answer as it should ({error}): "
            "check the network and ingest.rest_url"
        ) from None
    return listing
