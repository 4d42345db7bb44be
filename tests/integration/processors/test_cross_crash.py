"""What several markets of a coin say together, from a worker that is killed again and again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from compose.cross import CrossReplay
from processors.engine.engine import MarketEngine
from schemas.clickhouse.connect import connect
from schemas.kafka.admin import ensure_topics
from schemas.record import ALL_VENUES, symbol_key
from schemas.settings import ClickHouseSettings, CrossSettings, Settings
from schemas.signals import CrossClock, CrossSecond
from schemas.topics import ALERTS, CROSS, DEAD_LETTERS, PULSES, TOPIC_OF_SIGNAL
from tests.integration.processors.worker_harness import (
    FRAMES,
    PARTITIONS,
    Rows,
    Worker,
    differences,
    killed_while_sent,
    records,
    running_broker,
    worker_settings,
)
from tests.support.markets.market import VENUE, MarketLog, random_log

SEEDS = {"BTCUSDT": 0, "BTCUSDC": 2, "BTCFDUSD": 4}
MARKETS = tuple(symbol_key(VENUE, symbol) for symbol in SEEDS)
PATIENT = CrossSettings(markets=MARKETS, max_wait_ms=None)


@pytest.fixture(params=["noida", pytest.param("apache", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of each kind of broker."""
    with running_broker(request.param, tmp_path) as bootstrap:
        yield bootstrap


@pytest.fixture
async def worker(broker: str, tmp_path: Path) -> AsyncIterator[Worker]:
    """A worker that reads the markets together; not started yet, it never outlives the test."""
    settings = worker_settings(broker, tmp_path).model_copy(update={"cross": PATIENT})
    await ensure_topics(settings.kafka)
    child = Worker(settings, tmp_path / "worker.log")
    yield child
    if child.runs:
        await child.kill()


async def test_killed_three_times_says_of_the_coin_what_one_process_says(
    broker: str, worker: Worker, tmp_path: Path
) -> None:
    logs = {symbol: random_log(seed, FRAMES) for symbol, seed in SEEDS.items()}
    status = await killed_while_sent(worker, broker, logs)
    assert status["counters"]["faults"] == {}
    assert PULSES.name in status["topics"]
    await worker.stop()

    expected = told_in_one_process(logs)
    assert len(expected[CROSS.name]) > 10
    assert differences(await told_by_the_worker(broker), expected) == []
    assert await records(broker, DEAD_LETTERS.name, 1) == []
    client = connect(ClickHouseSettings(url=f"chdb:{tmp_path / 'store'}"))
    try:
        stored = client.query(f"SELECT count() FROM {CrossSecond.table}").result_rows[0][0]
    finally:
        client.close()
    seconds = [row for row in expected[CROSS.name].values() if row["signal"] == "second"]
    assert stored == len(seconds)


def told_in_one_process(logs: dict[str, MarketLog]) -> dict[str, Rows]:
    """Run all engines directly, one market after the other."""
    cross = CrossReplay(PATIENT, MARKETS)
    rows: dict[str, Rows] = {CROSS.name: {}, ALERTS.name: {}}
    counted: Counter[str] = Counter()
    for symbol, log in logs.items():
        engine = MarketEngine(VENUE, symbol, Settings().engine, with_pulses=True)
        for value, offset in log.interleaved(Random(7)):
            engine.apply(value.model_copy(update={"symbol": symbol}), offset)
            for pulse in engine.take_pulses():
                counted[pulse.market] += 1
                for signal in cross.take(pulse):
                    if not isinstance(signal, CrossClock):
                        document = json.loads(signal.model_dump_json())
                        del document["received_us"]
                        rows[TOPIC_OF_SIGNAL[type(signal)].name][signal.event_id] = document
    assert set(counted) == set(MARKETS)
    return rows


async def told_by_the_worker(broker: str) -> dict[str, Rows]:
    """Read back what was said of the coin; what is there twice must be the same."""
    rows: dict[str, Rows] = {CROSS.name: {}, ALERTS.name: {}}
    for topic, found in rows.items():
        for record in await records(broker, topic, PARTITIONS):
            document: dict[str, Any] = json.loads(record.value)
            if document["venue"] != ALL_VENUES or document.get("signal") == "clock":
                continue
            del document["received_us"]
            assert found.setdefault(document["event_id"], document) == document
    return rows
