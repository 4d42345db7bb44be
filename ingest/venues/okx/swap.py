"""OKX v5 perpetual swaps, described: quantities are contracts of a number of coins.

Source: https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments (units); frames and
sequence rule are those of `base`.
"""

from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from ingest.venues.listing import NO_STATUS, TRADING, Listed
from ingest.venues.okx import frames
from ingest.venues.okx.base import Okx
from ingest.venues.readings import decoder
from schemas.instrument import Instrument, MarketKind, base_and_quote, named_instrument

DERIVATIVES: Final = ("SWAP",)
"""Ends of names whose quantities are contracts, as those of dated ones, which end in digits."""

_entry = decoder(frames.InstrumentEntry)


class OkxSwap(Okx):
    """OKX perpetual swaps at the addresses of the settings."""

    name = "okx_swap"
    kinds = ("books", "trades", "open-interest", "mark-price", "funding-rate")
    listed_as = "SWAP"

    def instrument(self, symbol: str) -> Instrument | None:
        """Spot counts in coins; how many a contract has, only the listing tells."""
        end = symbol.rpartition("-")[2]
        if end in DERIVATIVES or end.isdigit():
            return None
        return named_instrument(self.name, symbol, MarketKind.SPOT)

    def _listed(self, raw: bytes) -> Listed:
        entry = _entry.decode(raw)
        base, quote = base_and_quote(entry.symbol)
        kind = MarketKind.LINEAR if entry.contract == "linear" else MarketKind.INVERSE
        if entry.size_coin != (base if kind is MarketKind.LINEAR else quote):
            raise msgspec.ValidationError(f"a contract of {entry.size_coin} is neither coin")
        instrument = Instrument(
            venue=self.name,
            symbol=entry.symbol,
            base=base,
            quote=quote,
            kind=kind,
            contract_size=_product(entry.size, entry.multiplier),
            tick=entry.tick,
            lot=entry.lot,
            status=entry.state or "",
        )
        status = TRADING if entry.state == "live" else entry.state or ""
        in_all = kind is MarketKind.LINEAR and entry.settlement == "USDT"
        return Listed(entry.symbol, status, in_all, "" if status else NO_STATUS, instrument)


def _product(size: str, multiplier: str) -> float:
    """Return the exact product of two decimal numbers. Raises msgspec.ValidationError."""
    try:
        product = float(Decimal(size) * Decimal(multiplier or "1"))
    except (InvalidOperation, OverflowError):
        product = 0.0
    if not 0 < product < 1e18:
        raise msgspec.ValidationError(f"contract of {size[:40]!r} x {multiplier[:40]!r} coins")
    return product
