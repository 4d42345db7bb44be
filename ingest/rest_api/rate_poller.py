"""Asks the venue what the quote currencies of the followed symbols are worth in USD."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from ingest.errors import FrameError
from ingest.feeds.quote_rates import PairPrice, QuoteRates, pair_for, value_by
from ingest.rest_api.client import RestClient, RestError
from ingest.rest_api.queue import Priority
from ingest.venues.base import Venue

logger = logging.getLogger(__name__)

INTERVAL_S: Final = 60.0
"""Between two questions for one currency: a rate is no price."""
RETRY_S: Final = 10.0
LOOK_S: Final = 1.0
"""How soon a currency is asked for that a symbol added meanwhile needs."""


class Listing(Protocol):
    """The venue's markets by name."""

    @property
    def trading(self) -> tuple[str, ...]:
        """The symbols that trade."""
        ...


class RatePoller:
    """One small request per currency and minute; none where every quote is a dollar or is set."""

    def __init__(
        self,
        venue: Venue,
        rest: RestClient,
        rates: QuoteRates,
        symbols: Callable[[], list[str]],
        listing: Listing,
        deliver: Callable[[PairPrice], None],
        tell: Callable[[str, str], None],
    ) -> None:
        """`symbols`: those that are followed; `deliver` receives every price; `tell(symbol, fault)`
        receives for each symbol concerned why its quote has no value, an empty fault once it has
        one."""
        self._venue, self._rest, self._rates = venue, rest, rates
        self._symbols, self._listing = symbols, listing
        self._deliver, self._tell = deliver, tell
        self._followed: list[str] = []
        self._wanted: dict[str, list[str]] = {}
        """Symbols by the currency whose value is asked for, of `_followed`."""
        self._due: dict[str, float] = {}
        self._told: dict[str, str] = {}
        self._clock = asyncio.get_running_loop().time

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            wanted = self._wanted_now()
            self._due = {quote: at for quote, at in self._due.items() if quote in wanted}
            for quote in sorted(wanted):
                if self._due.get(quote, 0.0) <= self._clock():
                    fault = await self._ask(quote)
                    self._due[quote] = self._clock() + (RETRY_S if fault else INTERVAL_S)
                    self._report(quote, fault)
            for quote, symbols in self._wanted_now().items():
                for symbol in symbols:
                    self._tell_symbol(symbol, quote)
            await asyncio.sleep(LOOK_S)

    def _wanted_now(self) -> dict[str, list[str]]:
        followed = self._symbols()
        if followed != self._followed:
            # Hundreds of names are not looked through twice a second.
            self._followed, self._wanted = followed, self._rates.wanted(followed)
        return self._wanted

    async def _ask(self, quote: str) -> str:
        """Ask for one currency; return what is wrong, empty where it has a value now."""
        pair = pair_for(quote, self._listing.trading) or self._venue.dollar_pair(quote)
        request = self._venue.price_request(pair)
        try:
            answer = await self._rest.get(request, priority=Priority.LISTING)
            told = PairPrice(pair, self._venue.parse_price(answer))
        except (RestError, FrameError) as error:
            return str(error)
        if value_by(told) is None:
            return f"the price {told.price:g} of {pair} tells no value"
        self._deliver(told)
        return ""

    def _report(self, quote: str, fault: str) -> None:
        # A value that is known holds while the venue gives no other.
        if fault and self._rates.heard(quote) is None:
            self._told[quote] = fault
        else:
            self._told.pop(quote, None)

    def _tell_symbol(self, symbol: str, quote: str) -> None:
        if self._rates.heard(quote) is not None:
            self._tell(symbol, "")
        elif (fault := self._told.get(quote)) is not None:
            self._tell(
                symbol,
                f"the value of {quote} in USD is unknown ({fault}): no amount in USD bounds "
                f"{symbol}; set quotes.{quote}",
            )
