"""A worker that is killed again and again leaves what an undisturbed one would."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.topics import DEAD_LETTERS, OUTCOMES
from tests.integration.processors.worker_harness import (
    Worker,
    differences,
    expected_signals,
    killed_while_sent,
    market_logs,
    produced_signals,
    records,
    running_broker,
    stored_ids,
)

"""Twice the interval of checkpoints: some kills come before the first, some after the second."""


@pytest.fixture(params=["noida", pytest.param("apache", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of each kind of broker."""
    with running_broker(request.param, tmp_path) as bootstrap:
        yield bootstrap


async def test_killed_three_times_applies_every_record_once(
    broker: str, worker: Worker, tmp_path: Path
) -> None:
    logs = market_logs()
    status = await killed_while_sent(worker, broker, logs)
    assert status["counters"]["faults"] == {}
    report = await worker.stop()

    expected = expected_signals(logs)
    assert expected[OUTCOMES.name]
    assert differences(await produced_signals(broker), expected) == []
    stored = stored_ids(tmp_path / "store")
    assert stored == {topic: set(rows) for topic, rows in expected.items() if rows}
    assert report["counters"]["lost_records"] == 0
    assert await records(broker, DEAD_LETTERS.name, 1) == []
