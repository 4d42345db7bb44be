"""What one simulated symbol remembers of itself for clients that ask for statistics."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from ingest.exchange.market.payloads import FUNDING_PERIOD_MS
from ingest.exchange.market.simulated_symbol import Fill, SimulatedSymbol, Step
from ingest.exchange.statistics.candles import Candles
from schemas.units import MINUTE_MS

SAMPLE_MS: Final = 5 * MINUTE_MS
"""The venue's shortest period of open interest over time."""
SAMPLES: Final = 500
FUNDINGS: Final = 1_000
TRADES: Final = 1_000
LIQUIDATED: Final = 97
"""Of so many aggregated trades one is told as a liquidation: the market itself has none."""
LIQUIDATIONS_MS: Final = 1_000
"""Only the largest liquidation of a symbol in this time is told, as on the venue."""


@dataclass(frozen=True, slots=True)
class OpenInterestSample:
    """Open interest at the end of a period."""

    time_ms: int
    lots: int
    mark_price: float


@dataclass(frozen=True, slots=True)
class FundingSettled:
    """A funding payment."""

    time_ms: int
    rate: float
    mark_price: float


class SymbolHistory:
    """The past of one symbol, from the start of the market; it changes nothing in it."""

    def __init__(self, market: SimulatedSymbol) -> None:
        self.market = market
        now_ms = market.now_ms
        self.started_ms = now_ms
        self.candles = Candles(now_ms, market.book.best_bid)
        self.fills: deque[Fill] = deque(maxlen=TRADES)
        """The newest aggregated trades, oldest first."""
        # One of each before the start: a venue is never without.
        self.open_interest: deque[OpenInterestSample] = deque(maxlen=SAMPLES)
        self._sample(now_ms - now_ms % SAMPLE_MS)
        self.fundings: deque[FundingSettled] = deque(maxlen=FUNDINGS)
        self._settle(now_ms - now_ms % FUNDING_PERIOD_MS)
        self.liquidation: Fill | None = None
        """The largest of the last LIQUIDATIONS_MS; None: there was none."""
        self._largest: Fill | None = None

    def add(self, step: Step) -> None:
        """Take in the trades of the step that the market has just made."""
        for fill in step.fills:
            self.candles.add(fill)
            self.fills.append(fill)
            if fill.agg_id % LIQUIDATED == 0:
                largest = self._largest
                if largest is None or fill.lots > largest.lots:
                    self._largest = fill

    def close(self) -> None:
        """Close what ends with that step: candles, periods, the second of liquidations."""
        now_ms = self.market.now_ms
        if now_ms % LIQUIDATIONS_MS == 0:
            self.liquidation, self._largest = self._largest, None
            self.candles.advance(now_ms)
            if now_ms % SAMPLE_MS == 0:
                self._sample(now_ms)
            if now_ms % FUNDING_PERIOD_MS == 0:
                self._settle(now_ms)

    def _sample(self, time_ms: int) -> None:
        market = self.market
        self.open_interest.append(
            OpenInterestSample(time_ms, market.open_interest_lots, market.mark_price)
        )

    def _settle(self, time_ms: int) -> None:
        market = self.market
        self.fundings.append(FundingSettled(time_ms, market.funding_rate, market.mark_price))
