"""Bybit v5 linear perpetuals, described: quantities are coins.

Source: https://bybit-exchange.github.io/docs/v5/market/instrument; frames and sequence rule are
those of `base`.
"""

from typing import Final

from ingest.venues.bybit import frames
from ingest.venues.bybit.base import Bybit
from ingest.venues.listing import NO_STATUS, TRADING, Listed
from ingest.venues.readings import decoder
from schemas.instrument import Instrument, MarketKind, named_instrument

CONTRACTS: Final = frozenset({"LinearPerpetual", "LinearFutures"})
NO_COINS: Final = frozenset({"stock", "stocks", "xstocks", "forex", "commodity", "commodities"})

_entry = decoder(frames.InstrumentEntry)


class BybitLinear(Bybit):
    """Bybit linear perpetuals at the addresses of the settings."""

    name = "bybit_linear"
    category = "linear"

    def instrument(self, symbol: str) -> Instrument:
        """Quantities are coins."""
        return named_instrument(self.name, symbol, MarketKind.LINEAR)

    def _listed(self, raw: bytes) -> Listed:
        entry = _entry.decode(raw)
        instrument = Instrument(
            venue=self.name,
            symbol=entry.symbol,
            base=entry.base,
            quote=entry.quote,
            kind=MarketKind.LINEAR,
            tick=entry.prices.tick,
            lot=entry.lots.step,
            status=entry.status or "",
        )
        is_coin = entry.group.lower() not in NO_COINS
        in_all = entry.contract == "LinearPerpetual" and entry.quote == "USDT" and is_coin
        status = TRADING if entry.status == "Trading" else entry.status or ""
        note = "" if entry.contract in CONTRACTS else f"contract type {entry.contract} is unknown"
        return Listed(entry.symbol, status, in_all, note if status else NO_STATUS, instrument)
