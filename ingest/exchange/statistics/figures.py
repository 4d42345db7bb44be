"""USD-M's wording of candles, a day, quotes and trades in answers to requests.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures, chapter "Market
Data".
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from ingest.exchange.market.book import Side
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import SymbolSpec
from ingest.exchange.statistics.candles import Candle, end_of
from ingest.exchange.statistics.history import OpenInterestSample, SymbolHistory
from schemas.units import DAY_MS

COIN_DECIMALS = 8
QUOTE_DECIMALS = 7
"""Decimals of a notional on the wire."""


def money(spec: SymbolSpec, notional: int) -> str:
    """Return a notional of ticks x lots in quote currency, as the venue writes it."""
    exact = Decimal(notional) * Decimal(str(spec.tick)) * Decimal(str(spec.lot))
    return f"{exact:.{QUOTE_DECIMALS}f}"


def counter_qty(spec: SymbolSpec, lots: int, notional: int) -> str:
    """Return what lots traded for: quote currency, or the coins of contracts at their mean price.

    `notional`: ticks x lots.
    """
    if spec.contract_usd is None:
        return money(spec, notional)
    usd = Decimal(lots) * Decimal(str(spec.contract_usd))
    price = Decimal(notional) * Decimal(str(spec.tick)) / lots if lots else Decimal(1)
    return f"{usd / price:.{COIN_DECIMALS}f}"


def pair_of(spec: SymbolSpec) -> str:
    """Return the pair of a symbol of COIN-M, as BTCUSD of BTCUSD_PERP."""
    return spec.symbol.partition("_")[0]


def kline(spec: SymbolSpec, candle: Candle, interval: str) -> list[int | str]:
    """Return a candle as the klines answer has it."""
    price, qty = spec.price_text, spec.qty_text
    return [
        candle.start_ms,
        price(candle.open),
        price(candle.high),
        price(candle.low),
        price(candle.close),
        qty(candle.lots),
        end_of(candle.start_ms, interval),
        counter_qty(spec, candle.lots, candle.notional),
        candle.trades,
        qty(candle.bought_lots),
        counter_qty(spec, candle.bought_lots, candle.bought_notional),
        "0",
    ]


def day_figures(history: SymbolHistory) -> dict[str, Any]:
    """Return an entry of the 24-hour ticker."""
    spec, day, now_ms = history.market.spec, history.candles.day(), history.market.now_ms
    price = spec.price_text
    change = day.close - day.open
    mean = day.notional / day.lots if day.lots else day.close
    return {
        "symbol": spec.symbol,
        "priceChange": price(change),
        "priceChangePercent": f"{100 * change / day.open:.3f}",
        "weightedAvgPrice": f"{mean * spec.tick:.{spec.price_decimals}f}",
        "lastPrice": price(day.close),
        "lastQty": spec.qty_text(day.last_lots),
        "openPrice": price(day.open),
        "highPrice": price(day.high),
        "lowPrice": price(day.low),
        "volume": spec.qty_text(day.lots),
        "quoteVolume": counter_qty(spec, day.lots, day.notional),
        "openTime": max(day.start_ms, now_ms - DAY_MS),
        "closeTime": now_ms,
        "firstId": day.first_id,
        "lastId": day.last_id,
        "count": day.trades,
    }


def best_quotes(market: SimulatedSymbol) -> dict[str, Any]:
    """Return an entry of ticker/bookTicker."""
    spec, book = market.spec, market.book
    bid, ask = book.best_bid, book.best_ask
    return {
        "symbol": spec.symbol,
        "bidPrice": spec.price_text(bid),
        "bidQty": spec.qty_text(book.levels[Side.BID][bid]),
        "askPrice": spec.price_text(ask),
        "askQty": spec.qty_text(book.levels[Side.ASK][ask]),
        "time": market.last_change_ms,
        "lastUpdateId": market.last_update_id,
    }


def newest_trades(history: SymbolHistory, limit: int) -> list[dict[str, Any]]:
    """Return the newest single trades, oldest first."""
    newest = list(islice(_backwards(history), limit))
    newest.reverse()
    return newest


def _backwards(history: SymbolHistory) -> Iterator[dict[str, Any]]:
    spec = history.market.spec
    for fill in reversed(history.fills):
        for number in range(len(fill.parts) - 1, -1, -1):
            lots = fill.parts[number]
            yield {
                "id": fill.first_id + number,
                "price": spec.price_text(fill.tick),
                "qty": spec.qty_text(lots),
                "quoteQty": counter_qty(spec, lots, lots * fill.tick),
                "time": fill.time_ms,
                "isBuyerMaker": fill.taker_sells,
                "isRPITrade": False,
            }


def funding_answers(history: SymbolHistory) -> list[dict[str, Any]]:
    """Return the fundingRate answer of a symbol, oldest first."""
    return [
        {
            "symbol": history.market.spec.symbol,
            "fundingTime": settled.time_ms,
            "fundingRate": f"{settled.rate:.8f}",
            "markPrice": f"{settled.mark_price:.8f}",
            "rateType": "Regular",
        }
        for settled in history.fundings
    ]


def open_interest_answers(history: SymbolHistory, period_ms: int) -> list[dict[str, Any]]:
    """Return the openInterestHist answer of a symbol, oldest first."""
    spec = history.market.spec
    return [
        {
            "symbol": spec.symbol,
            "sumOpenInterest": spec.qty_text(sample.lots),
            "sumOpenInterestValue": f"{_value(spec, sample):.8f}",
            "CMCCirculatingSupply": "0",
            "timestamp": sample.time_ms,
        }
        for sample in history.open_interest
        if sample.time_ms % period_ms == 0
    ]


def _value(spec: SymbolSpec, sample: OpenInterestSample) -> float:
    """Return open interest in quote currency, that of contracts in coins."""
    if spec.contract_usd is not None:
        return sample.lots * spec.contract_usd / sample.mark_price
    return sample.lots * spec.lot * sample.mark_price


def pair_interest(answer: dict[str, Any], pair: str, kind: str) -> dict[str, Any]:
    """Return an entry of openInterestHist as COIN-M has it, from one of USD-M."""
    names = ("sumOpenInterest", "sumOpenInterestValue", "timestamp")
    return {"pair": pair, "contractType": kind, **{name: answer[name] for name in names}}
