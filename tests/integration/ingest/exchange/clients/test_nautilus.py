"""nautilus_trader's client and schemas at the built-in exchange. It lives in an environment of its
own (`make clients`): 700 MB, and other versions of what wallwatch uses."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.exchange.config import ExchangeConfig
from tests.support.paths import REPOSITORY
from tests.support.servers.exchange import running

PYTHON = REPOSITORY / ".cache" / "clients" / "bin" / "python"
PROGRAM = Path(__file__).parent / "nautilus_reads.py"
MARKET = ExchangeConfig(symbols=("BTCUSDT", "ETHUSDT"), speed=10, start_ms=1_700_000_000_000)
STREAMS = {
    "public": ("btcusdt@depth@100ms", "btcusdt@bookTicker", "btcusdt@trade"),
    "market": (
        "btcusdt@aggTrade",
        "btcusdt@ticker",
        "btcusdt@kline_1m",
        "btcusdt@markPrice@1s",
        "!markPrice@arr@1s",
    ),
}


async def test_nautilus_reads_listing_answers_and_frames() -> None:
    if not PYTHON.is_file():
        pytest.skip("no nautilus_trader: `make clients` installs it")
    async with running(MARKET) as exchange, asyncio.timeout(120):
        frames: dict[str, Any] = {}
        for route, streams in STREAMS.items():
            async with exchange.websocket(f"/{route}/stream?streams={'/'.join(streams)}") as socket:
                while not set(streams) <= frames.keys():
                    frame = json.loads(await socket.recv())
                    frames.setdefault(frame["stream"], frame)
        reader = await asyncio.create_subprocess_exec(
            str(PYTHON),
            str(PROGRAM),
            exchange.ready["rest_url"],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await reader.communicate(json.dumps(frames).encode())
    assert reader.returncode == 0, err.decode()[-2_000:]
    read = json.loads(out.splitlines()[-1])
    assert read["bases"] == {"BTCUSDT": "BTC", "ETHUSDT": "ETH"}
    assert len(read["answers"]) == 6
