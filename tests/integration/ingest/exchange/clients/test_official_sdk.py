"""The venue's own SDK at the built-in exchange: answers and frames are its models, and have every
field that these document."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from binance_sdk_derivatives_trading_usds_futures.rest_api.models import (
    KlineCandlestickDataIntervalEnum,
    OpenInterestStatisticsPeriodEnum,
)
from pydantic import BaseModel

from ingest.exchange.config import ExchangeConfig
from tests.support.servers.exchange import Running, running

MARKET = ExchangeConfig(
    symbols=("BTCUSDT", "ETHUSDT"), speed=10, start_ms=1_700_000_000_000, messages_per_s=100
)
UNANNOUNCED = frozenset({"ps", "st", "ap", "nq"})
"""Documented for a migration to come, or of streams that wallwatch's adapter was written for before
the field existed."""
FRAMES_S = 60.0


def client_of(exchange: Running) -> DerivativesTradingUsdsFutures:
    """Return the SDK with the exchange's addresses."""
    return DerivativesTradingUsdsFutures(
        config_rest_api=ConfigurationRestAPI(base_path=exchange.ready["rest_url"], timeout=30_000),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=exchange.ready["websocket_url"]),
    )


def unsaid(model: Any, path: str = "") -> Iterator[str]:
    """Yield the documented fields that an answer has not."""
    if isinstance(model, list):
        for entry in model:
            yield from unsaid(entry, path)
    elif isinstance(model, BaseModel):
        for name, field in type(model).model_fields.items():
            if name in ("additional_properties", *UNANNOUNCED):
                continue
            value = getattr(model, name)
            said = f"{path}.{field.alias or name}"
            if value is None:
                yield said
            yield from unsaid(value, said)


async def test_the_venues_sdk_reads_every_answer() -> None:
    async with running(MARKET) as exchange:
        rest = client_of(exchange).rest_api

        async def asked(name: str, *values: Any) -> Any:
            def ask() -> Any:
                return getattr(rest, name)(*values).data()

            answer = await asyncio.to_thread(ask)
            return getattr(answer, "actual_instance", answer)

        listing = await asked("exchange_information")
        filters = ".symbols.filters."
        assert {name for name in unsaid(listing) if not name.startswith(filters)} == set()
        kinds = {f.filter_type: f for f in listing.symbols[0].filters}
        assert kinds["MIN_NOTIONAL"].notional == "5"
        assert len(kinds) == 7
        for name, values in {
            "order_book": ("BTCUSDT",),
            "symbol_order_book_ticker": ("BTCUSDT",),
            "recent_trades_list": ("BTCUSDT",),
            "get_funding_rate_history": ("BTCUSDT",),
            "open_interest": ("BTCUSDT",),
            "open_interest_statistics": ("BTCUSDT", OpenInterestStatisticsPeriodEnum.PERIOD_5m),
            "ticker24hr_price_change_statistics": ("BTCUSDT",),
            "mark_price": ("BTCUSDT",),
            "compressed_aggregate_trades_list": ("BTCUSDT",),
        }.items():
            answer = await asked(name, *values)
            assert answer, name
            assert set(unsaid(answer)) == set(), name
        assert len(await asked("symbol_order_book_ticker")) == 2
        candles = await asked(
            "kline_candlestick_data", "BTCUSDT", KlineCandlestickDataIntervalEnum.INTERVAL_1m
        )
        assert len(candles[0]) == 12


async def test_the_venues_sdk_reads_every_stream() -> None:
    async with running(MARKET) as exchange:
        streams: Any = client_of(exchange).websocket_streams
        connection = await streams.create_connection()
        names = {
            "all_market_liquidation_order_streams": {},
            "all_market_mini_tickers_stream": {},
            "all_market_tickers_streams": {},
            "mark_price_stream_for_all_market": {"update_speed": "1s"},
            "all_book_tickers_stream": {},
            "aggregate_trade_streams": {"symbol": "btcusdt"},
            "individual_symbol_mini_ticker_stream": {"symbol": "btcusdt"},
            "individual_symbol_ticker_streams": {"symbol": "btcusdt"},
            "kline_candlestick_streams": {"symbol": "btcusdt", "interval": "1m"},
            "liquidation_order_streams": {"symbol": "btcusdt"},
            "mark_price_stream": {"symbol": "btcusdt"},
            "diff_book_depth_streams": {"symbol": "btcusdt"},
            "individual_symbol_book_ticker_streams": {"symbol": "btcusdt"},
        }
        frames: dict[str, Any] = {}
        arrived = asyncio.Event()

        def keep(name: str, frame: Any) -> None:
            frames.setdefault(name, frame)
            arrived.set()

        try:
            for name, values in names.items():
                handle = await getattr(connection, name)(**values)
                handle.on("message", lambda frame, name=name: keep(name, frame))
            async with asyncio.timeout(FRAMES_S):
                while frames.keys() != names.keys():
                    arrived.clear()
                    await arrived.wait()
        finally:
            await connection.close_connection(close_session=True)
        for name, frame in frames.items():
            assert set(unsaid(frame)) == set(), name
