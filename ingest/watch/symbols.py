"""The venue's listing of symbols, compared with the watch list."""

import asyncio
import difflib
import logging
from collections.abc import Sequence
from typing import Final

from ingest.errors import FrameError, IngestError
from ingest.rest_api.budget import WeightBudget
from ingest.rest_api.client import RestClient, RestError
from ingest.venues.base import Venue
from ingest.venues.listing import BrokenListing, Listed, ListingPage
from schemas.instrument import Instrument

logger = logging.getLogger(__name__)

CLOSE_MATCHES: Final = 3
MAX_PAGES: Final = 20
"""A venue with more pages than this would never come to an end."""
ALL: Final = "ALL"
"""The watch list that stands for every symbol."""
"""Watch-list entry that stands for every symbol, in upper case like the others."""


def normalized(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return the symbols in upper case, each once. Raises IngestError if there is none."""
    unique = tuple(dict.fromkeys(symbol.strip().upper() for symbol in symbols if symbol.strip()))
    if not unique:
        raise IngestError("no symbol to watch: name at least one in ingest.symbols")
    return unique


class VenueListing:
    """The venue's newest symbol listing."""

    def __init__(self, venue: Venue, rest: RestClient) -> None:
        """Unknown until `refresh`; until then every symbol counts as trading."""
        self._venue = venue
        self._rest = rest
        self._listed: dict[str, Listed] = {}
        self.broken: tuple[BrokenListing, ...] = ()
        """Entries of the newest listing that could not be parsed."""
        self.is_known = False

    @property
    def everything(self) -> tuple[str, ...]:
        """The symbols of the watch list `all`: those that it includes and that trade."""
        return tuple(name for name, one in self._listed.items() if one.in_all and one.trades)

    @property
    def trading(self) -> tuple[str, ...]:
        """The symbols that trade."""
        return tuple(name for name, one in self._listed.items() if one.trades)

    @property
    def left_out(self) -> dict[str, str]:
        """Symbols that `all` excludes unexpectedly for their contract type, with the reason."""
        reasons = {
            name: one.note
            for name, one in self._listed.items()
            if one.note and (one.trades or not one.status)
        }
        for entry in self.broken:
            if entry.symbol and entry.symbol not in self._listed:
                reasons[entry.symbol] = entry.reason
        head = "left out of the watch list `all`"
        return {name: f"symbol {name}: {head}: {reason}" for name, reason in reasons.items()}

    def __contains__(self, symbol: str) -> bool:
        """Whether a symbol trades, as far as is known, and its units are known."""
        if self.is_known:
            return self._trades(symbol)
        return self._venue.instrument(symbol) is not None

    async def refresh(self) -> None:
        """Request the listing. Raises RestError or FrameError; the listing is then unchanged.

        A listing without a single symbol is refused: a venue that is restarting may send one, and
        nobody's market has ended.
        """
        page = await self._page("")
        symbols, broken = page.symbols, page.broken
        for _ in range(MAX_PAGES):
            if not page.cursor:
                break
            page = await self._page(page.cursor)
            symbols, broken = symbols + page.symbols, broken + page.broken
        if not symbols and not broken:
            raise RestError("the listing has no symbol")
        listed = {one.symbol: one for one in symbols}
        for entry in broken:
            # A symbol keeps its last known state while its entry is unreadable.
            if entry.symbol not in listed and entry.symbol in self._listed:
                listed[entry.symbol] = self._listed[entry.symbol]
        self._listed, self.broken = listed, broken
        self.is_known = True

    async def _page(self, cursor: str) -> ListingPage:
        raw = await self._rest.get(self._venue.symbols_request(cursor))
        return self._venue.parse_symbols(raw)

    def instrument(self, symbol: str) -> Instrument | None:
        """Return a symbol's units and steps; None while they are not known."""
        one = self._listed.get(symbol)
        return one.instrument if one is not None else None

    def is_listed(self, symbol: str) -> bool:
        """Whether the venue lists a symbol, trading or not."""
        return symbol in self._listed or any(symbol == entry.symbol for entry in self.broken)

    def why_not(self, symbol: str) -> str:
        """Return one line that says why a symbol cannot be followed now."""
        one = self._listed.get(symbol)
        if one is not None:
            status = f"status {one.status}" if one.status else "no status"
            return f"symbol {symbol} does not trade on {self._venue.name} ({status})"
        broken = next((entry for entry in self.broken if entry.symbol == symbol), None)
        if broken is not None:
            return f"symbol {symbol}: its entry in the listing is unreadable ({broken.reason})"
        close = difflib.get_close_matches(symbol, self.trading, CLOSE_MATCHES)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        return f"symbol {symbol} is not listed on {self._venue.name}{hint}"

    def check_named(self, symbols: Sequence[str]) -> None:
        """Raise IngestError if the venue lists none of the symbols of a watch list.

        A listed symbol that does not trade is not an error: it is followed once it trades.
        """
        if not self.is_known:
            return
        if ALL in symbols:
            if not any(one.in_all for one in self._listed.values()):
                raise IngestError(f"no symbol listed on {self._venue.name} belongs to `all`")
        elif not any(self.is_listed(symbol) for symbol in symbols):
            raise IngestError(self.why_not(symbols[0]))

    def _trades(self, symbol: str) -> bool:
        one = self._listed.get(symbol)
        return one is not None and one.trades


async def ask_listing(
    venue: Venue, rest: RestClient, budget: WeightBudget, address: str
) -> VenueListing:
    """Return the venue's listing. Raises IngestError if there is no usable answer.

    During a ban or throttle the listing stays unknown.
    """
    listing = VenueListing(venue, rest)
    closed_s = budget.closed_s(asyncio.get_running_loop().time())
    if closed_s > 0:
        logger.warning("no REST request for %.0f s: a ban or throttle is in force", closed_s)
        return listing
    try:
        await listing.refresh()
    except (RestError, FrameError) as error:
        if budget.on_probation:
            logger.warning("%s; symbols are checked later", error)
            return listing
        raise IngestError(
            f"venue {venue.name} at {address} gives no usable answer ({error}): "
            "check the network and ingest.rest_url"
        ) from None
    return listing
