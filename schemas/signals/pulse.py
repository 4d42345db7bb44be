"""One second of one market, for those who read several markets of a coin together."""

from dataclasses import dataclass
from typing import Final

from schemas.instrument import asset_of_symbol
from schemas.record import ALL_VENUES, Record, symbol_key
from schemas.signals.action import FinalAction
from schemas.signals.large_order import (
    Classification,
    CloseReason,
    OrderEventKind,
    Side,
    Tier,
)

SLICES: Final = 10
"""Slices of a second, each 100 ms."""
SLICE_MS: Final = 100


@dataclass(frozen=True, slots=True)
class OrderStep:
    """One step of a large order, as in `LargeOrderEvent`; quantities in base.

    initial + added - traded - cancelled - unexplained = current.
    """

    order_id: str
    sequence: int
    event_time: int
    kind: OrderEventKind
    side: Side
    price: float
    first_seen: int
    closed_at: int | None
    close_reason: CloseReason | None
    birth_known: bool
    tier: Tier
    initial_qty: float
    current_qty: float
    max_qty: float
    added_qty: float
    traded_qty: float
    cancelled_qty: float
    unexplained_qty: float
    fill_max: float
    classification: Classification
    spoof_probability: float
    threshold_usd: float
    chain_length: int


class MarketPulse(Record):
    """What one market did in the second that ends at `event_time`.

    Prices (USD) and quantities are those of one coin, also where the venue counts in thousands of
    it. Its key on the topic is that of the coin: one partition holds all of its markets.
    """

    event_time: int
    """End of the second, ms: the market tells nothing more that happened before it."""
    received_us: int
    """Receive time of the newest record; outside of every comparison, as `delay_ms`."""
    delay_ms: float | None = None
    """Least receive time - event time of the depth updates of the second; None without any."""
    mids: list[float | None]
    """Mid at the end of each 100 ms; None while there is no book."""
    buy_qty: list[float]
    """Taker buys in each 100 ms, base quantity."""
    sell_qty: list[float]
    buy_usd: float
    """Taker buys of the whole second, USD."""
    sell_usd: float
    cvd_qty: float
    """Cumulative delta over the rolling window at the end, base quantity."""
    cvd_usd: float
    open_interest: float | None
    """Newest poll, base quantity; None where the market has none."""
    final_action: FinalAction
    buy_score: float
    sell_score: float
    orders: list[OrderStep]
    """Steps of large orders since the second before, in their order."""

    @property
    def asset(self) -> str:
        """The coin, for example `BTC`."""
        return asset_of_symbol(self.symbol)

    @property
    def market(self) -> str:
        """The market, `venue:symbol`."""
        return symbol_key(self.venue, self.symbol)

    @property
    def key(self) -> str:
        """The Kafka key: that of the coin."""
        return symbol_key(ALL_VENUES, self.asset)
