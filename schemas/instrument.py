"""What one symbol of one venue is: its coin, its kind, and how its quantities become base and USD.

Venues count in different units: coins (spot, USD-M, Bybit linear), contracts of a fixed number of
coins (OKX), contracts of a fixed number of dollars (COIN-M). Records hold base quantities
throughout; a number of contracts is recovered from one exactly.
"""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from schemas.quotes import DOLLARS, quote_of
from schemas.record import split_key, symbol_key

BASE_DIGITS: Final = 12
"""Decimals of a base quantity computed from contracts. Far below the lot of any venue, so the
number of contracts is recovered exactly, and short enough for sums in 64 bits."""
EXACT_BELOW: Final = 1_000.0
"""A base quantity below it has all its decimals: a double holds 15 digits of any decimal number."""
_SCALED: Final = re.compile(r"(1000+|1M)([A-Z][A-Z0-9]*)|([A-Z]+)(1000+)")
"""`1000PEPE`, `1MBABYDOGE`, `SHIB1000`: one unit of base is that many coins."""
_ALIASES: Final = {"XBT": "BTC"}
"""Venues' own codes of a coin."""


class MarketKind(StrEnum):
    """How a symbol is settled."""

    SPOT = "spot"
    LINEAR = "linear"
    """A derivative whose profit is paid in the quote currency."""
    INVERSE = "inverse"
    """A derivative whose profit is paid in the coin; one contract is an amount of dollars."""


class Instrument(BaseModel):
    """One symbol of one venue, from the venue's listing."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    venue: str
    symbol: str
    """As the venue spells it."""
    base: str
    """Coin code as the venue spells it, for example `1000PEPE`."""
    quote: str
    kind: MarketKind
    contract_size: float = Field(1.0, gt=0)
    """Base quantity of one contract, for an inverse contract its amount in quote currency. 1 where
    the venue counts in coins."""
    tick: float = Field(0.0, ge=0)
    """Smallest step of a price, quote currency; 0: unknown."""
    lot: float = Field(0.0, ge=0)
    """Smallest step of a quantity in the venue's own unit (coins or contracts); 0: unknown."""
    status: str = ""
    """The venue's own word, for example `TRADING`, `Trading`, `live`."""

    @property
    def key(self) -> str:
        """`venue:symbol`, as in records."""
        return symbol_key(self.venue, self.symbol)

    @property
    def asset(self) -> str:
        """Canonical key of the coin, which groups its markets: `BTC`, `PEPE`."""
        return asset_of(self.base)

    @property
    def is_in_dollars(self) -> bool:
        """Whether price x base quantity is taken for USD."""
        return self.quote in DOLLARS

    @property
    def counts_base(self) -> bool:
        """Whether the venue's quantities are base quantities already."""
        return self.kind is not MarketKind.INVERSE and self.contract_size == 1.0

    def base_qty(self, qty: float, price: float) -> float:
        """Return a quantity of the venue's unit at `price` in base currency."""
        if self.kind is MarketKind.INVERSE:
            return round(qty * self.contract_size / price, BASE_DIGITS)
        coins = qty * self.contract_size
        # From here on a double has not as many decimals: what is beyond its digits is noise.
        return round(coins, BASE_DIGITS) if coins < EXACT_BELOW else float(f"{coins:.15g}")

    def lots(self, base_qty: float, price: float) -> int:
        """Return the whole number of lots that a base quantity at `price` stands for.

        Exact for every quantity that `base_qty` has returned for a multiple of the lot; the lot of
        an instrument whose own is unknown is one contract.
        """
        size = self.contract_size * (self.lot or 1.0)
        return round(base_qty * (price if self.kind is MarketKind.INVERSE else 1.0) / size)


def asset_of(base: str) -> str:
    """Return the canonical key of a coin: `1000PEPE` and `PEPE` are one asset, as are XBT and BTC.

    `base`: the venue's code of the coin.
    """
    code, _ = _unscaled(base.upper())
    return _ALIASES.get(code, code)


def asset_of_symbol(symbol: str) -> str:
    """Return the canonical key of a symbol's coin, as far as its name tells: `BTC` for `BTCUSDT`,
    `BTCUSD_PERP` and `BTC-USDT-SWAP`."""
    return asset_of(base_and_quote(symbol)[0])


def coins_of_markets(markets: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the markets (`venue:symbol`) of each coin that has several, in alphabetical order."""
    coins: dict[str, list[str]] = {}
    for market in sorted(markets):
        coins.setdefault(asset_of_symbol(split_key(market)[1]), []).append(market)
    return {coin: tuple(found) for coin, found in sorted(coins.items()) if len(found) > 1}


def coins_of(base: str) -> int:
    """Return the number of coins in one unit of base: 1,000 for `1000PEPE`, else 1.

    Prices of markets of one asset are compared per coin.
    """
    _, factor = _unscaled(base.upper())
    return 10**6 if factor == "1M" else int(factor)


def named_instrument(
    venue: str, symbol: str, kind: MarketKind, contract_size: float = 1.0
) -> Instrument:
    """Return what the name of a symbol tells, where there is no listing (a capture).

    `BTCUSDT`, `BTCUSD_PERP` and `BTC-USDT-SWAP` are read alike.
    """
    base, quote = base_and_quote(symbol)
    return Instrument(
        venue=venue, symbol=symbol, base=base, quote=quote, kind=kind, contract_size=contract_size
    )


def base_and_quote(symbol: str) -> tuple[str, str]:
    """Return the codes of base and quote in a symbol's name; an unknown quote is empty."""
    parts = symbol.upper().split("-")
    if len(parts) > 1:
        return parts[0], parts[1]
    pair = symbol.upper().partition("_")[0]
    quote = quote_of(pair)
    return pair.removesuffix(quote), quote


def _unscaled(code: str) -> tuple[str, str]:
    """Return the coin and the factor in a venue's code of it."""
    scaled = _SCALED.fullmatch(code)
    if scaled is None:
        return code, "1"
    head, after, before, tail = scaled.groups()
    return (after, head) if head else (before, tail)
