"""What a symbol is quoted in, as its name tells. Pure."""

from collections.abc import Iterable
from typing import Final

DOLLARS: Final = frozenset(
    {
        "USDT",
        "USDC",
        "FDUSD",
        "TUSD",
        "BUSD",
        "USDP",
        "USD1",
        "USD",
        "DAI",
        "USDE",
        "BFUSD",
        "RLUSD",
    }
)
"""Quote currencies that are taken for a dollar."""
OTHERS: Final = frozenset(
    {
        *("BTC", "ETH", "BNB", "SOL", "XRP", "TRX", "DOGE", "DOT"),
        *("EUR", "EURI", "GBP", "TRY", "BRL", "JPY", "IDR", "IDRT", "BIDR", "ARS", "MXN", "ZAR"),
        *("PLN", "RON", "UAH", "AUD", "CZK", "COP", "NGN", "RUB", "KRW", "CHF", "CAD", "INR"),
    }
)
"""Quote currencies that are worth something else."""


def quote_of(symbol: str, more: Iterable[str] = ()) -> str:
    """Return the quote currency of a symbol such as `ETHBTC`, `BTCUSD_PERP` or `BTC-USDT-SWAP`;
    empty if unknown.

    `more`: currencies beside those that are known here.
    """
    pair = "".join(symbol.upper().partition("_")[0].split("-")[:2])
    known = {*DOLLARS, *OTHERS, *more}
    fitting = [name for name in known if pair.endswith(name) and pair != name]
    return max(fitting, key=len, default="")


def quote_note(symbols: Iterable[str], priced: Iterable[str]) -> str:
    """Return one line about symbols whose quote has no value in USD, empty where there are none.

    `priced`: the quote currencies whose value is set.
    """
    rates = set(priced)
    unpriced: dict[str, list[str]] = {}
    for symbol in symbols:
        quote = quote_of(symbol, rates)
        if quote and quote not in DOLLARS | rates:
            unpriced.setdefault(quote, []).append(symbol)
    if not unpriced:
        return ""
    named = ", ".join(
        f"{', '.join(sorted(names))} in {quote}" for quote, names in sorted(unpriced.items())
    )
    first = min(unpriced)
    return (
        f"not quoted in dollars: {named}; while its value is unknown, no amount in USD bounds such "
        "a symbol and its amounts are in that currency. Live, the value comes from the venue's own "
        f"market; to set it: WALLWATCH_QUOTES='{{\"{first}\": USD}}'"
    )
