"""Binance: USD-M futures, whose facts are the defaults of `IngestSettings`, spot and COIN-M."""

from typing import Final

from schemas.venues.facts import VenueFacts

SPOT_WEBSOCKET_URL: Final = "wss://stream.binance.com:9443"
SPOT_REST_URL: Final = "https://api.binance.com"
SPOT_WEIGHT_PER_MINUTE: Final = 6_000

VENUES: Final = (
    VenueFacts("binance_usdm", "{asset}USDT"),
    VenueFacts(
        "binance_spot",
        "{asset}USDT",
        {
            "websocket_url": SPOT_WEBSOCKET_URL,
            "rest_url": SPOT_REST_URL,
            "weight_per_minute": SPOT_WEIGHT_PER_MINUTE,
        },
    ),
    VenueFacts(
        "binance_coinm",
        "{asset}USD_PERP",
        {
            "websocket_url": "wss://dstream.binance.com",
            "rest_url": "https://dapi.binance.com",
            "symbols": ("BTCUSD_PERP", "ETHUSD_PERP"),
            "smart_money_symbols": (),
        },
    ),
)
