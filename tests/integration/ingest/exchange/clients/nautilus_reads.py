"""Run by Python with nautilus_trader, which wallwatch's own environment has not: reads the exchange
at the REST address given through nautilus's client, and frames from standard input with its
schemas; prints what it read as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import msgspec
from nautilus_trader.adapters.binance.common.enums import BinanceAccountType, BinanceKlineInterval
from nautilus_trader.adapters.binance.common.schemas import market as schemas
from nautilus_trader.adapters.binance.futures.http.market import BinanceFuturesMarketHttpAPI
from nautilus_trader.adapters.binance.futures.schemas.market import (
    BinanceFuturesMarkPriceAllMsg,
    BinanceFuturesMarkPriceMsg,
    BinanceFuturesTradeMsg,
)
from nautilus_trader.adapters.binance.http.client import BinanceHttpClient
from nautilus_trader.common.component import LiveClock

SYMBOL = "BTCUSDT"
FRAMES = {
    "btcusdt@depth@100ms": schemas.BinanceOrderBookMsg,
    "btcusdt@bookTicker": schemas.BinanceQuoteMsg,
    "btcusdt@aggTrade": schemas.BinanceAggregatedTradeMsg,
    "btcusdt@trade": BinanceFuturesTradeMsg,
    "btcusdt@ticker": schemas.BinanceTickerMsg,
    "btcusdt@kline_1m": schemas.BinanceCandlestickMsg,
    "btcusdt@markPrice@1s": BinanceFuturesMarkPriceMsg,
    "!markPrice@arr@1s": BinanceFuturesMarkPriceAllMsg,
}


async def read(rest_url: str, frames: dict[str, Any]) -> dict[str, Any]:
    """Return what was read. Raises msgspec.ValidationError for what the schemas refuse."""
    client = BinanceHttpClient(clock=LiveClock(), api_key="", api_secret="", base_url=rest_url)
    market = BinanceFuturesMarketHttpAPI(client, BinanceAccountType.USDT_FUTURES)
    listing = await market.query_futures_exchange_info()
    answers = {
        "depth": await market.query_depth(SYMBOL, 1_000),
        "trades": await market.query_trades(SYMBOL, 10),
        "aggTrades": await market.query_agg_trades(SYMBOL, 10),
        "klines": await market.query_klines(SYMBOL, BinanceKlineInterval.MINUTE_1, 10),
        "ticker/24hr": await market.query_ticker_24hr(SYMBOL),
        "ticker/bookTicker": await market.query_ticker_book(SYMBOL),
    }
    for stream, kind in FRAMES.items():
        msgspec.json.decode(json.dumps(frames[stream]), type=kind)
    bases = {info.symbol: str(info.parse_to_base_currency()) for info in listing.symbols}
    return {"bases": bases, "answers": [name for name, told in answers.items() if told]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(read(sys.argv[1], json.load(sys.stdin)))))  # noqa: T201
