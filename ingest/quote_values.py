"""What the quote currencies of the followed symbols are worth in USD, and which have no value."""

import logging
from collections.abc import Mapping

from ingest.feeds.quote_rates import PairPrice, QuoteRates
from ingest.feeds.symbol_feed import SymbolFeed
from ingest.ops.health_board import HealthBoard
from schemas.market import QUOTE_POLL, StreamState

logger = logging.getLogger(__name__)


class QuoteValues:
    """Passes rates on to the feeds, and tells of symbols whose quote has none."""

    def __init__(
        self, rates: QuoteRates, feeds: Mapping[str, SymbolFeed], health: HealthBoard
    ) -> None:
        """`feeds`: of the followed symbols, as they come and go."""
        self.rates = rates
        self._feeds = feeds
        self._health = health
        self._faults: dict[str, str] = {}

    @property
    def symbols_without(self) -> int:
        """Symbols whose quote has no known value in USD."""
        return sum(map(bool, self._faults.values()))

    def priced(self, told: PairPrice) -> None:
        """Take the price of a market that links a quote currency to the dollar."""
        if self.rates.take(told):
            for feed in self._feeds.values():
                feed.trades.quote_is_worth(self.rates.of(feed.symbol))

    def fault(self, symbol: str, fault: str) -> None:
        """The quote of a symbol has no value in USD, for the reason; empty `fault`: it has one."""
        if symbol not in self._feeds or self._faults.get(symbol, "") == fault:
            return
        self._faults[symbol] = fault
        if fault:
            logger.warning("%s", fault)
        state = StreamState.DOWN if fault else StreamState.UP
        self._health.note(f"{symbol.lower()}{QUOTE_POLL}", symbol, state, fault)

    def forget(self, symbol: str) -> None:
        """The symbol is not followed any more."""
        self._faults.pop(symbol, None)
