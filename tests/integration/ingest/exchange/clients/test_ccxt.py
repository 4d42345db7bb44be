"""ccxt and ccxt.pro at the built-in exchange: addresses replaced, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
import pytest

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.control import BOOK_PATH
from tests.support.servers.exchange import Running, running

MARKET = ExchangeConfig(
    symbols=("BTCUSDT", "ETHUSDT"),
    speed=10,
    start_ms=1_700_000_000_000,
    messages_per_s=100,
    journal_steps=2_000,
)
UNIFIED = "BTC/USDT:USDT"
MINUTE_MS = 60_000
LEVELS = 300
"""Compared a side: the book began with a snapshot of 1,000."""

Sides = tuple[list[tuple[float, float]], list[tuple[float, float]]]


@asynccontextmanager
async def client_of(exchange: Running) -> AsyncIterator[Any]:
    """Run ccxt.pro's client of the venue's futures against the exchange."""
    client = ccxt.pro.binanceusdm({"options": {"fetchMarkets": {"types": ["linear"]}}})
    rest = exchange.ready["rest_url"]
    client.urls["api"]["fapiPublic"] = f"{rest}/fapi/v1"
    client.urls["api"]["fapiData"] = f"{rest}/futures/data"
    client.urls["api"]["ws"]["future"] = exchange.ready["websocket_url"] + "/ws"
    try:
        yield client
    finally:
        await client.close()


async def test_ccxt_keeps_a_book_for_a_minute_equal_to_the_exchanges() -> None:
    async with running(MARKET) as exchange, client_of(exchange) as client:
        seen: dict[int, Sides] = {}
        whole: list[dict[str, Any]] = []

        async def follow() -> None:
            while True:
                book = await client.watch_order_book(UNIFIED)
                seen[book["nonce"]] = (_levels(book["bids"]), _levels(book["asks"]))

        following = asyncio.create_task(follow())
        try:
            started_ms = (await exchange.status())["now_ms"]
            while (await exchange.status())["now_ms"] < started_ms + MINUTE_MS:
                assert not following.done(), following.exception()
                _, book, _ = await exchange.get(BOOK_PATH, symbol="BTCUSDT")
                whole.append(book)
                await asyncio.sleep(0)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    best = {step[0]: tuple(step[1:]) for book in whole for step in book["best"]}
    tops = {number: (*bids[0], *asks[0]) for number, (bids, asks) in seen.items()}
    known = tops.keys() & best.keys()
    assert len(known) > 300, "hardly any of 600 updates in a minute was seen"
    assert {n: tops[n] for n in known} == {n: best[n] for n in known}
    compared = [book for book in whole if book["last_update_id"] in seen]
    assert len(compared) > 10
    for book in compared:
        bids = sorted(((p, q) for p, q in book["bids"]), reverse=True)[:LEVELS]
        asks = sorted((p, q) for p, q in book["asks"])[:LEVELS]
        assert seen[book["last_update_id"]] == (bids, asks)


def _levels(side: list[list[float]]) -> list[tuple[float, float]]:
    return [(price, qty) for price, qty, *_ in side[:LEVELS]]


def _is_within(trade: dict[str, Any], candles: list[list[float]], length_ms: int) -> bool:
    """Whether a trade lies between low and high of the candle of its own time: the next one may
    have begun meanwhile."""
    begin = trade["timestamp"] // length_ms * length_ms
    (candle,) = [candle for candle in candles if candle[0] == begin]
    return bool(candle[3] <= trade["price"] <= candle[2])


async def test_ccxt_reads_listing_statistics_and_streams() -> None:
    async with running(MARKET) as exchange, client_of(exchange) as client:
        markets = await client.load_markets()
        assert set(markets) == {UNIFIED, "ETH/USDT:USDT"}
        market = markets[UNIFIED]
        assert (market["linear"], market["swap"], market["active"]) == (True, True, True)
        assert (market["precision"]["price"], market["limits"]["amount"]["min"]) == (0.1, 0.001)
        quotes = await client.watch_bids_asks([UNIFIED])
        assert quotes[UNIFIED]["bid"] < quotes[UNIFIED]["ask"]
        told = (await client.watch_trades(UNIFIED))[-1]
        assert (await client.fetch_bids_asks())[UNIFIED]["askVolume"] > 0
        assert (await client.fetch_ticker(UNIFIED))["baseVolume"] > 0
        assert (await client.fetch_trades(UNIFIED))[-1]["timestamp"] >= told["timestamp"]
        singles = await client.fapiPublicGetTrades({"symbol": "BTCUSDT", "limit": 1_000})
        assert told["info"]["p"] in [one["price"] for one in singles if one["id"] == told["id"]]
        rows = await client.fetch_ohlcv(UNIFIED, "5m")
        assert rows[0][0] % 300_000 == 0
        assert _is_within(told, rows, 300_000)
        rates = await client.fetch_funding_rate_history(UNIFIED)
        assert rates[0]["timestamp"] % (8 * 3_600_000) == 0
        interest = await client.fetch_open_interest_history(UNIFIED, "5m")
        assert interest[0]["openInterestValue"] > interest[0]["openInterestAmount"] > 0

        assert (await client.watch_ticker(UNIFIED))["last"] > 0
        assert (await client.watch_tickers([UNIFIED]))[UNIFIED]["last"] > 0
        assert (await client.watch_mark_prices([UNIFIED]))[UNIFIED]["markPrice"] > 0
        candle = (await client.watch_ohlcv(UNIFIED, "1m"))[-1]
        assert candle[3] <= candle[4] <= candle[2]
        liquidation = (await client.watch_liquidations(UNIFIED))[0]
        assert liquidation["contracts"] > 0


async def test_ccxt_reads_spot() -> None:
    config = ExchangeConfig(venue="binance_spot", symbols=("BTCUSDT", "ETHUSDT"), speed=10)
    client = ccxt.pro.binance({"options": {"fetchMarkets": {"types": ["spot"]}}})
    async with running(config) as exchange:
        client.urls["api"]["public"] = exchange.ready["rest_url"] + "/api/v3"
        client.urls["api"]["ws"]["spot"] = exchange.ready["websocket_url"] + "/ws"
        try:
            assert set(await client.load_markets()) == {"BTC/USDT", "ETH/USDT"}
            quotes = (await client.fetch_bids_asks())["BTC/USDT"]
            assert quotes["bid"] < quotes["ask"]
            ticker = await client.fetch_ticker("BTC/USDT")
            assert ticker["low"] <= ticker["last"] <= ticker["high"]
            assert ticker["bid"] < ticker["ask"]
            trade = (await client.fetch_trades("BTC/USDT"))[-1]
            singles = await client.publicGetTrades({"symbol": "BTCUSDT", "limit": 1_000})
            assert singles[0]["isBestMatch"] is True
            assert float(singles[0]["quoteQty"]) > float(singles[0]["price"]) * 1e-6
            assert _is_within(trade, await client.fetch_ohlcv("BTC/USDT", "1m"), 60_000)
            with pytest.raises(ccxt.ExchangeError):
                await client.publicGetKlines(
                    {"symbol": "BTCUSDT", "interval": "1m", "limit": 1_001}
                )
            told = await client.watch_ticker("BTC/USDT")
            assert told["bid"] < told["ask"]
            assert told["low"] <= told["last"] <= told["high"]
            every = await client.watch_tickers(params={"name": "miniTicker"})
            assert every["ETH/USDT"]["last"] > 0
        finally:
            await client.close()


async def test_ccxt_reads_coin_margined_contracts() -> None:
    config = ExchangeConfig(venue="binance_coinm", symbols=("BTCUSD_PERP", "ETHUSD_PERP"), speed=10)
    client = ccxt.pro.binancecoinm({"options": {"fetchMarkets": {"types": ["inverse"]}}})
    unified = "BTC/USD:BTC"
    async with running(config) as exchange:
        rest = exchange.ready["rest_url"]
        client.urls["api"]["dapiPublic"] = f"{rest}/dapi/v1"
        client.urls["api"]["dapiData"] = f"{rest}/futures/data"
        client.urls["api"]["ws"]["delivery"] = exchange.ready["websocket_url"] + "/ws"
        try:
            markets = await client.load_markets()
            assert (markets[unified]["inverse"], markets[unified]["contractSize"]) == (True, 100)
            quotes = (await client.fetch_bids_asks())[unified]
            assert quotes["bid"] < quotes["ask"]
            ticker = await client.fetch_ticker(unified)
            assert ticker["low"] <= ticker["last"] <= ticker["high"]
            # 100 USD a contract, at a price within the day.
            (day,) = await client.dapiPublicGetTicker24hr({"symbol": "BTCUSD_PERP"})
            coins = 100 * float(day["volume"]) / float(day["baseVolume"])
            assert float(day["lowPrice"]) <= coins <= float(day["highPrice"])
            single = (await client.dapiPublicGetTrades({"symbol": "BTCUSD_PERP"}))[-1]
            expected = 100 * float(single["qty"]) / float(single["price"])
            assert float(single["baseQty"]) == pytest.approx(expected, abs=1e-8)
            candle = (await client.fetch_ohlcv(unified, "1m"))[-1]
            assert candle[3] <= candle[4] <= candle[2]
            rates = await client.fetch_funding_rate_history(unified)
            assert rates[0]["timestamp"] % (8 * 3_600_000) == 0
            # ccxt gives the symbol as the pair, unless it is told better.
            perpetual = {"pair": "BTCUSD", "contractType": "PERPETUAL"}
            # At ten times real time, five minutes may have passed once or twice: the newest counts.
            *_, told = await client.fetch_open_interest_history(unified, "5m", params=perpetual)
            assert told["info"]["pair"] == "BTCUSD"
            price = 100 * told["openInterestAmount"] / told["openInterestValue"]
            assert price == pytest.approx(ticker["last"], rel=0.01)
            quarter = {"pair": "BTCUSD", "contractType": "CURRENT_QUARTER", "period": "5m"}
            assert await client.dapiDataGetOpenInterestHist(quarter) == []
            with pytest.raises(ccxt.BadSymbol):
                await client.dapiDataGetOpenInterestHist(
                    {"pair": "XYZUSD", "contractType": "ALL", "period": "5m"}
                )
            with pytest.raises(ccxt.ExchangeError):
                await client.dapiDataGetOpenInterestHist({"pair": "BTCUSD", "period": "5m"})
            day = await client.watch_ticker(unified)
            assert day["low"] <= day["last"] <= day["high"]
            assert day["info"]["ps"] == "BTCUSD"
            for name in ("ticker", "miniTicker"):
                every = await client.watch_tickers(params={"name": name})
                assert every["ETH/USD:ETH"]["last"] > 0, name
            liquidation = (await client.watch_liquidations(unified))[0]
            assert liquidation["contracts"] > 0
        finally:
            await client.close()
