"""OKX: perpetual swaps and spot."""

from typing import Final

from schemas.venues.facts import VenueFacts

IMAGE_MS: Final = 100
"""Between two images of a book; a trade may come up to one before the image that shows it."""

COMMON: Final = {
    "websocket_url": "wss://ws.okx.com",
    "rest_url": "https://www.okx.com",
    "smart_money_symbols": (),
    "weight_per_minute": 40,
    "weight_window_s": 2.0,
}

VENUES: Final = (
    VenueFacts(
        "okx_swap",
        "{asset}-USDT-SWAP",
        COMMON | {"symbols": ("BTC-USDT-SWAP", "ETH-USDT-SWAP")},
        IMAGE_MS,
    ),
    VenueFacts(
        "okx_spot", "{asset}-USDT", COMMON | {"symbols": ("BTC-USDT", "ETH-USDT")}, IMAGE_MS
    ),
)
