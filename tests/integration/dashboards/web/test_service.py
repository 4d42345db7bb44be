"""`wallwatch web` as a process: the pages of a cluster over a server's store."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

import aiohttp
import pytest

from tests.support.markets.demo_data import DemoStore

pytestmark = pytest.mark.clickhouse

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10


async def _spawn(**environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "compose.cli",
        "web",
        "--worker",
        "127.0.0.1:9",
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_serves_the_store_and_says_that_no_worker_answers(demo_store: DemoStore) -> None:
    process = await _spawn(
        WALLWATCH_CLICKHOUSE__URL=demo_store.settings.url,
        WALLWATCH_CLICKHOUSE__DATABASE=demo_store.settings.database,
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_TIMEOUT_S)
        url = json.loads(line)["url"]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/api/v1/large-orders/status") as response:
                status = await response.json()
            async with session.get(f"{url}/api/v1/pipeline/status") as response:
                pipeline = await response.json()
            async with session.get(f"{url}/large-orders") as response:
                assert response.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    assert {symbol["symbol"] for symbol in status["symbols"]} == set(demo_store.symbols)
    assert pipeline["ready"] is False
    assert process.returncode == 0


async def test_an_embedded_store_is_refused_in_one_line() -> None:
    process = await _spawn(WALLWATCH_CLICKHOUSE__URL="chdb:/somewhere")
    _, errors = await asyncio.wait_for(process.communicate(), START_TIMEOUT_S)
    assert process.returncode == 1
    assert errors.decode().splitlines() == [
        "wallwatch: web needs a ClickHouse server: an embedded store belongs to its worker, which "
        "serves the page itself"
    ]
