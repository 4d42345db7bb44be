"""What is recorded of a venue whose books come on the stream reads as it was published."""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ingest.capture import read_capture
from ingest.errors import IngestError
from ingest.exchange.config import ExchangeConfig
from ingest.kept_lines import capture_symbols
from ingest.offline import market_records
from ingest.recorder import FLUSH_INTERVAL_S, run_record
from schemas.control import DeadLetter
from schemas.market import BookReset, DepthDiff, DepthSnapshot, OpenInterest, Trades
from schemas.settings import IngestSettings, Settings, VenueName
from tests.support.ingesting.service import until
from tests.support.servers.exchange import running

RECORDED_S = 3.0
BUSY_NS = 2_000_000_000
"""What a busy machine may keep a process waiting."""


@pytest.mark.parametrize(
    ("venue", "symbol", "lots"),
    [
        ("bybit_linear", "BTCUSDT", 1_000),
        ("okx_swap", "BTC-USDT-SWAP", 1_000),
        ("okx_spot", "BTC-USDT", 1_000),
    ],
)
async def test_a_recording_reads_as_published(
    venue: VenueName, symbol: str, lots: int, tmp_path: Path
) -> None:
    path = tmp_path / "capture.gz"
    async with running(ExchangeConfig(venue=venue, symbols=(symbol,))) as exchange:
        urls: dict[str, Any] = {k: exchange.ready[k] for k in ("websocket_url", "rest_url")}
        settings = Settings(
            ingest=IngestSettings(venue=venue, symbols=(symbol,), state_dir=tmp_path, **urls)
        )
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def begin(_: dict[str, Any]) -> None:
            loop.call_later(RECORDED_S, stop.set)

        await run_record(settings, path, stop, begin)
    assert capture_symbols(path, settings.ingest) == (symbol,)
    records = list(market_records(path, settings))
    assert not any(isinstance(record, DeadLetter) for record in records)
    depth = [r for r in records if isinstance(r, BookReset | DepthSnapshot | DepthDiff)]
    assert [type(r) for r in depth[:2]] == [BookReset, DepthSnapshot]
    assert {type(r) for r in depth[2:]} == {DepthDiff}
    assert any(isinstance(r, Trades) and r.trades for r in records)
    interest = [r for r in records if isinstance(r, OpenInterest)]
    assert bool(interest) is (venue != "okx_spot"), "spot has none"
    for record in depth[1:]:
        assert isinstance(record, DepthSnapshot | DepthDiff)
        for _, qty in (*record.bids, *record.asks):
            assert round(qty * lots) / lots == qty, "no whole number of lots of 0.001 coins"


def _holds_diffs(path: Path) -> bool:
    """Whether a book and a change of it can be read from a capture that is being written."""
    try:
        return any(isinstance(record, DepthDiff) for record in market_records(path, Settings()))
    except IngestError:
        return False


@pytest.mark.parametrize("name", ["x.gz", "x.txt"])
async def test_a_recorder_that_is_killed_loses_a_second_at_most(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    async with running(ExchangeConfig(symbols=("BTCUSDT",))) as exchange:
        urls = {
            f"WALLWATCH_INGEST__{key.upper()}": exchange.ready[key]
            for key in ("websocket_url", "rest_url")
        }
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "compose.cli", "record"),
            *("--symbols", "BTCUSDT", "--out", str(path)),
            env={**os.environ, **urls},
            stderr=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            await until(lambda: _holds_diffs(path))
        finally:
            child.kill()
            killed_ns = time.time_ns()
            await child.wait()
    lines = list(read_capture(path, lambda *_: None))
    assert FLUSH_INTERVAL_S < 1
    assert killed_ns - lines[-1].received_ns < FLUSH_INTERVAL_S * 1e9 + BUSY_NS
    records = list(market_records(path, Settings()))
    # A line may be cut off where it was killed.
    assert sum(isinstance(record, DeadLetter) for record in records) <= 1
    assert any(isinstance(record, DepthDiff) for record in records)
