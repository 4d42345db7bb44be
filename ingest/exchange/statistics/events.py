"""The frames of candles, tickers and liquidations, in the wording of each market.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures and the same of
coin-margined-futures, chapter "Websocket Market Streams";
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from __future__ import annotations

from typing import Any, Final

from ingest.exchange.dialect import Dialect
from ingest.exchange.market.simulated_symbol import Fill
from ingest.exchange.market.spec import SymbolSpec
from ingest.exchange.statistics.candles import Candle, end_of
from ingest.exchange.statistics.figures import best_quotes, counter_qty, day_figures, pair_of
from ingest.exchange.statistics.history import SymbolHistory

TICKER_NAMES: Final = {
    "s": "symbol",
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "c": "lastPrice",
    "Q": "lastQty",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "v": "volume",
    "q": "quoteVolume",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}
"""Field of the ticker stream -> field of the REST answer."""
MINI_NAMES: Final = ("s", "c", "o", "h", "l", "v", "q")
QUOTE_NAMES: Final = {"b": "bidPrice", "B": "bidQty", "a": "askPrice", "A": "askQty"}
"""What the ticker of spot tells beyond it."""


def kline_event(spec: SymbolSpec, candle: Candle, interval: str, now_ms: int) -> dict[str, Any]:
    """Return the frame of a kline stream."""
    price, qty = spec.price_text, spec.qty_text
    end_ms = end_of(candle.start_ms, interval)
    return {
        "e": "kline",
        "E": now_ms,
        "s": spec.symbol,
        "k": {
            "t": candle.start_ms,
            "T": end_ms,
            "s": spec.symbol,
            "i": interval,
            "f": candle.first_id,
            "L": candle.last_id,
            "o": price(candle.open),
            "c": price(candle.close),
            "h": price(candle.high),
            "l": price(candle.low),
            "v": qty(candle.lots),
            "n": candle.trades,
            "x": now_ms > end_ms,
            "q": counter_qty(spec, candle.lots, candle.notional),
            "V": qty(candle.bought_lots),
            "Q": counter_qty(spec, candle.bought_lots, candle.bought_notional),
            "B": "0",
        },
    }


def ticker_event(history: SymbolHistory, dialect: Dialect) -> dict[str, Any]:
    """Return the frame of a ticker stream."""
    figures = day_figures(history)
    event = _head("24hrTicker", history, dialect)
    event |= {name: figures[rest] for name, rest in TICKER_NAMES.items()}
    if not dialect.has_contracts:
        quotes = best_quotes(history.market)
        event |= {name: quotes[rest] for name, rest in QUOTE_NAMES.items()}
        # The price before the window: nothing was before the first trade here.
        event["x"] = figures["openPrice"]
    return event


def mini_ticker_event(history: SymbolHistory, dialect: Dialect) -> dict[str, Any]:
    """Return the frame of a mini ticker stream."""
    figures = day_figures(history)
    event = _head("24hrMiniTicker", history, dialect)
    return event | {name: figures[TICKER_NAMES[name]] for name in MINI_NAMES}


def liquidation_event(
    spec: SymbolSpec, fill: Fill, now_ms: int, dialect: Dialect
) -> dict[str, Any]:
    """Return a forceOrder."""
    price, qty = spec.price_text(fill.tick), spec.qty_text(fill.lots)
    order = {
        "s": spec.symbol,
        "S": "SELL" if fill.taker_sells else "BUY",
        "o": "LIMIT",
        "f": "IOC",
        "q": qty,
        "p": price,
        "ap": price,
        "X": "FILLED",
        "l": spec.qty_text(fill.parts[-1]),
        "z": qty,
        "T": fill.time_ms,
    }
    if dialect.is_coin_margined:
        order["ps"] = pair_of(spec)
    return {"e": "forceOrder", "E": now_ms, "o": order}


def _head(kind: str, history: SymbolHistory, dialect: Dialect) -> dict[str, Any]:
    head = {"e": kind, "E": history.market.now_ms}
    if dialect.is_coin_margined:
        head["ps"] = pair_of(history.market.spec)
    return head
