"""A symbol's entry in exchangeInfo, in the venue's shape."""

from typing import Any

from ingest.exchange.dialect import Dialect

TRADING = "TRADING"
_QUOTES = ("USDT", "USDC", "BUSD")


def symbol_entry(
    dialect: Dialect,
    symbol: str,
    *,
    price_precision: int,
    tick_size: str,
    quantity_precision: int,
    step_size: str,
    status: str = TRADING,
) -> dict[str, Any]:
    """Return the entry of a perpetual or a pair; prices and quantities as decimal strings."""
    quote = next((q for q in _QUOTES if symbol.endswith(q)), "")
    base = symbol.removesuffix(quote)
    fields = {
        "symbol": symbol,
        "pair": symbol,
        "contractType": "PERPETUAL",
        "status": status,
        "baseAsset": base,
        "quoteAsset": quote,
        "marginAsset": quote,
        "pricePrecision": price_precision,
        "quantityPrecision": quantity_precision,
        "underlyingType": "COIN",
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": tick_size},
            {"filterType": "LOT_SIZE", "stepSize": step_size, "minQty": step_size},
        ],
    }
    return dialect.without_absent("symbol", fields)
