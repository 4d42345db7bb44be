"""What one unit of a quote currency is worth in USD, by the venue's own markets. No I/O."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from ingest.errors import UNREADABLE, FrameError
from schemas.instrument import base_and_quote
from schemas.quotes import DOLLARS, OTHERS, quote_of

STEP: Final = 0.001
"""A rate is renewed once it has moved by this share: thresholds need not follow every tick."""
LIMIT: Final = 1e12
"""Larger prices of a pair are refused, as are those below 1 / LIMIT."""
_HEAD_BYTES: Final = 64


class PairPrice(NamedTuple):
    """The last price of a market that links a currency to the dollar, for example `BTCUSDT`."""

    pair: str
    price: float


class _PriceLine(msgspec.Struct):
    symbol: str
    price: float


_price_line = msgspec.json.Decoder(_PriceLine, strict=False)


class QuoteRates:
    """The values by quote currency. What is set comes before what the venue's markets say."""

    def __init__(self, configured: Mapping[str, float]) -> None:
        """`configured`: USD for one unit, by currency (the setting `quotes`)."""
        self._set = dict(configured)
        self._heard: dict[str, float] = {}

    def of(self, symbol: str) -> float | None:
        """Return USD for one unit of a symbol's quote; None for a dollar and where unknown."""
        quote = quote_of(symbol, self._set)
        return self._set.get(quote, self._heard.get(quote))

    def heard(self, quote: str) -> float | None:
        """Return what the venue's markets say of a currency, None where they said nothing yet."""
        return self._heard.get(quote)

    def wanted(self, symbols: Iterable[str]) -> dict[str, list[str]]:
        """Return the symbols by quote currency whose value has to come from the venue."""
        found: dict[str, list[str]] = {}
        for symbol in symbols:
            quote = quote_of(symbol, self._set)
            if quote in OTHERS and quote not in self._set:
                found.setdefault(quote, []).append(symbol)
        return found

    def take(self, told: PairPrice) -> bool:
        """Note the price of a pair; return whether the value of a currency changed by it."""
        linked = value_by(told)
        if linked is None:
            return False
        quote, usd = linked
        before = self._heard.get(quote)
        if before is not None and abs(usd - before) < STEP * before:
            return False
        self._heard[quote] = usd
        return True


def value_by(told: PairPrice) -> tuple[str, float] | None:
    """Return the currency that a pair links to the dollar and its value in USD; None where it
    links none or the price cannot be one."""
    linked = _link(told.pair)
    if linked is None or not 1 / LIMIT < told.price < LIMIT:
        return None
    currency, is_inverse = linked
    return currency, 1 / told.price if is_inverse else told.price


def links_dollar(pair: str) -> bool:
    """Tell whether the price of a pair can say what a currency is worth."""
    return _link(pair) is not None


@lru_cache(maxsize=4_096)
def _link(pair: str) -> tuple[str, bool] | None:
    """Return the currency that a pair links to the dollar, and whether its price counts it per
    dollar (`USDTTRY`)."""
    base, quote = base_and_quote(pair)
    if quote in DOLLARS and base in OTHERS:
        return base, False
    if base in DOLLARS and quote in OTHERS:
        return quote, True
    return None


def pair_for(quote: str, traded: Iterable[str]) -> str | None:
    """Return the market among `traded` that tells best what a currency is worth: the first dollar
    counts most, and `BTCUSDT` before `USDTBTC`; None if there is none."""
    return min((name for name in traded if _links(name, quote)), key=_rank, default=None)


def _links(name: str, currency: str) -> bool:
    linked = _link(name)
    return linked is not None and linked[0] == currency


def _rank(name: str) -> tuple[bool, bool, bool, int, str]:
    """Order the markets of one currency; of the same pair the one without an end date, which has
    the shorter name, comes first."""
    base, quote = base_and_quote(name)
    is_inverse = base in DOLLARS
    dollar = base if is_inverse else quote
    return dollar != "USDT", dollar != "USDC", is_inverse, len(name), name


def price_line(told: PairPrice) -> bytes:
    """Return the line of a capture that records a price."""
    return msgspec.json.encode({"symbol": told.pair, "price": f"{told.price!r}"})


def is_price_line(payload: bytes) -> bool:
    """Tell whether a line of a capture is such a price rather than a frame or a snapshot."""
    head = payload[:_HEAD_BYTES]
    return payload.startswith(b'{"symbol"') and b'"price"' in head


def read_price(raw: bytes) -> PairPrice:
    """Parse a price line. Raises FrameError."""
    try:
        told = _price_line.decode(raw)
    except UNREADABLE as error:
        raise FrameError(f"price: {error}") from None
    if not 1 / LIMIT < told.price < LIMIT:
        raise FrameError(f"price: {told.price} of {told.symbol[:40]} is out of range")
    return PairPrice(told.symbol.upper(), told.price)
