"""Bybit: linear perpetuals."""

from typing import Final

from schemas.venues.facts import VenueFacts

VENUES: Final = (
    VenueFacts(
        "bybit_linear",
        "{asset}USDT",
        {
            "websocket_url": "wss://stream.bybit.com",
            "rest_url": "https://api.bybit.com",
            "smart_money_symbols": (),
            "weight_per_minute": 600,
            "weight_window_s": 5.0,
        },
    ),
)
