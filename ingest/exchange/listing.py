"""A symbol's entry in exchangeInfo, in the venue's shape, with every field that is documented.

Sources: "Exchange Information" of
https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api and of
its siblings for COIN-M and spot. What the exchange does not act upon has the values that the venue
shows for its large symbols.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ingest.exchange.dialect import Dialect
from schemas.instrument import base_and_quote

TRADING = "TRADING"
ONBOARDED_MS = 1_569_398_400_000
"""When trading began, for every symbol, ms."""
PERPETUAL_DELIVERY_MS = 4_133_404_800_000
"""The venue's delivery date of a contract that is never delivered, ms."""
ORDER_TYPES = (
    "LIMIT",
    "MARKET",
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
)
TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "GTX", "GTD")
_MAX_PRICE_TICKS = 10_000_000
_MAX_LOTS = 1_000_000


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
    base, quote = base_and_quote(symbol)
    contract_usd = dialect.usd_of_contract(symbol)
    sizes = {} if contract_usd is None else {"contractSize": int(contract_usd)}
    fields = {
        "symbol": symbol,
        "pair": base + quote,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_DELIVERY_MS,
        "onboardDate": ONBOARDED_MS,
        "status": status,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": base,
        "quoteAsset": quote,
        "marginAsset": quote if contract_usd is None else base,
        "pricePrecision": price_precision,
        "quantityPrecision": quantity_precision,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "settlePlan": 0,
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "maxMoveOrderLimit": 10_000,
        "filters": _filters(tick_size, step_size),
        "orderTypes": ORDER_TYPES,
        "timeInForce": TIMES_IN_FORCE,
    }
    return dialect.without_absent("symbol", fields | sizes)


def _filters(tick_size: str, step_size: str) -> list[dict[str, Any]]:
    """Return the rules for prices and quantities of orders."""
    most = _times(step_size, _MAX_LOTS)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": tick_size,
            "maxPrice": _times(tick_size, _MAX_PRICE_TICKS),
            "tickSize": tick_size,
        },
        {"filterType": "LOT_SIZE", "minQty": step_size, "maxQty": most, "stepSize": step_size},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": step_size,
            "maxQty": most,
            "stepSize": step_size,
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.0500",
            "multiplierDown": "0.9500",
            "multiplierDecimal": "4",
        },
    ]


def _times(step: str, count: int) -> str:
    return f"{Decimal(step) * count:f}"


def assets_of(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the `assets` of exchangeInfo: what margin is paid in."""
    names = dict.fromkeys(entry["marginAsset"] for entry in entries if "marginAsset" in entry)
    return [
        {"asset": name, "marginAvailable": True, "autoAssetExchange": "-10000"} for name in names
    ]
