"""Thousands of symbols that nobody follows on `market.*`: the worker stays small, tells it, and the
symbols that were there lose nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from schemas.kafka.admin import ensure_topics
from tests.integration.processors.worker_harness import (
    Worker,
    differences,
    expected_signals,
    in_parts,
    market_logs,
    produced_signals,
    running_broker,
    send,
    worker_settings,
)
from tests.support.markets.market import MarketLog

UNKNOWN: Final = 3_000
MOST_SYMBOLS: Final = 40
GROWTH_MB: Final = 60.0
"""Far below what thousands of engines take."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of the embedded broker."""
    with running_broker("noida", tmp_path) as bootstrap:
        yield bootstrap


async def test_unknown_symbols_are_bounded_and_told(broker: str, tmp_path: Path) -> None:
    logs = market_logs()
    before, after = in_parts(logs, 2)
    record = next(iter(before.values())).depth[0]
    crowd = {f"NOBODY{number}": MarketLog([record], [], []) for number in range(UNKNOWN)}
    settings = worker_settings(broker, tmp_path, max_symbols=MOST_SYMBOLS)
    await ensure_topics(settings.kafka)
    worker = Worker(settings, tmp_path / "worker.log")
    try:
        await worker.start()
        await send(broker, before, 0.5)
        await worker.until_signals()
        calm = await worker.status()
        await send(broker, crowd, 1.0)
        await send(broker, after, 0.5)
        status = await worker.until_idle()
        metrics = await worker.metrics()
        found = await produced_signals(broker)
        await worker.stop()
    finally:
        if worker.runs:
            await worker.kill()
    assert metrics["wallwatch_worker_symbols"] == MOST_SYMBOLS
    assert metrics["wallwatch_worker_crowded_out_records_total"] > UNKNOWN - MOST_SYMBOLS
    assert status["counters"]["dead_letters"] == 1_000
    assert status["counters"]["faults"] == {}
    assert status["rss_mb"]["worker"] < calm["rss_mb"]["worker"] + GROWTH_MB
    ours = {
        topic: {event: row for event, row in rows.items() if row["symbol"] in logs}
        for topic, rows in found.items()
    }
    assert differences(ours, expected_signals(logs)) == []
