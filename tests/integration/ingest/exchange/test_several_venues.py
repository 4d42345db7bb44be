"""Several venues in one exchange: a port, a protocol and limits of each, one clock and one coin."""

import asyncio
from typing import Any

import aiohttp
import pytest

from ingest.exchange.config import build_config
from ingest.exchange.errors import ExchangeError
from ingest.exchange.server import run_exchanges

READY_S = 15.0
START_MS = 1_700_000_000_000
TIMES = {"binance_usdm": "/fapi/v1/time", "okx_swap": "/api/v5/public/time"}


async def test_each_venue_answers_in_its_protocol_on_a_port_of_its_own() -> None:
    configs = [
        build_config(venue="okx_swap", symbols=("BTC-USDT-SWAP",), start_ms=START_MS),
        build_config(venue="binance_usdm", symbols=("BTCUSDT",), start_ms=START_MS + 7_000),
    ]
    stop = asyncio.Event()
    ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_exchanges(configs, stop, ready.set_result))
    venues = (await asyncio.wait_for(ready, READY_S))["venues"]
    assert list(venues) == ["okx_swap", "binance_usdm"]
    async with aiohttp.ClientSession() as session:
        for venue, told in venues.items():
            for other, path in TIMES.items():
                async with session.get(told["rest_url"] + path) as answer:
                    assert (answer.status == 200) is (venue == other)
    stop.set()
    status = await asyncio.wait_for(task, READY_S)
    times = {told["now_ms"] for told in status["venues"].values()}
    assert len(times) == 1, "one clock, and that of the first"
    assert START_MS <= min(times) < START_MS + 1_000 * READY_S
    used = {venue: list(told["rest"]) for venue, told in status["venues"].items()}
    assert used == {venue: [path] for venue, path in TIMES.items()}


async def test_a_venue_is_served_once() -> None:
    twice = [build_config(symbols=("BTCUSDT",)), build_config(symbols=("ETHUSDT",))]
    with pytest.raises(ExchangeError, match="each of them once"):
        await run_exchanges(twice, asyncio.Event(), lambda _: None)
