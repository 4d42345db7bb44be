"""Two workers share the symbols, and one of them takes over when the other dies."""

import asyncio
from pathlib import Path

import pytest

from schemas.kafka.admin import ensure_topics
from tests.integration.processors.worker_harness import (
    PARTITIONS,
    Worker,
    differences,
    expected_signals,
    in_parts,
    market_logs,
    produced_signals,
    send,
    worker_settings,
)

SEND_S = 3.0


@pytest.mark.kafka
async def test_partitions_move_between_workers_without_loss(broker: str, tmp_path: Path) -> None:
    logs = market_logs()
    first, rest = in_parts(logs, 2)
    workers = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        settings = worker_settings(broker, folder, instance_id=name)
        workers.append(Worker(settings, folder / "worker.log"))
    await ensure_topics(settings.kafka)
    one, two = workers
    try:
        await one.start()
        # One joins and one dies while records come.
        sending = asyncio.create_task(send(broker, first, SEND_S))
        await one.until_signals()
        await two.start()
        await _until_shared(one, two)
        await sending
        sending = asyncio.create_task(send(broker, rest, SEND_S))
        await asyncio.sleep(SEND_S / 3)
        await one.kill()
        await sending
        await _until_alone(two)
        await two.until_idle()
        await two.stop()
    finally:
        for worker in workers:
            if worker.runs:
                await worker.kill()
    assert differences(await produced_signals(broker), expected_signals(logs)) == []


async def _until_shared(one: Worker, two: Worker) -> None:
    """Wait until each worker reads some of the partitions."""
    async with asyncio.timeout(20.0):
        while True:
            shares = [await _share(worker) for worker in (one, two)]
            if all(shares) and not shares[0] & shares[1]:
                return
            await asyncio.sleep(0.1)


async def _until_alone(worker: Worker) -> None:
    """Wait until a worker reads all partitions."""
    async with asyncio.timeout(40.0):
        while True:
            if len(await _share(worker)) == PARTITIONS:
                return
            await asyncio.sleep(0.1)


async def _share(worker: Worker) -> set[str]:
    topics = (await worker.status())["topics"]
    return {number for numbers in topics.values() for number in numbers}
