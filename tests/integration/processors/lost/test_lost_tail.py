"""A broker that comes back without the last records it had acknowledged."""

import asyncio
import json
import shutil
from pathlib import Path

from compose.brokers.noida import NoidaBroker
from compose.brokers.probe import free_port
from schemas.kafka.admin import ensure_topics
from schemas.topics import DEPTH, STATUS
from tests.integration.processors.worker_harness import (
    PARTITIONS,
    Worker,
    in_parts,
    market_logs,
    records,
    send,
    worker_settings,
)

LOST = 'wallwatch_worker_shrunken_logs_total{{half="{}"}}'


async def test_new_records_are_not_taken_for_those_that_were_lost(tmp_path: Path) -> None:
    data, kept = tmp_path / "data", tmp_path / "kept"
    broker = NoidaBroker(data, tmp_path, free_port())
    bootstrap = await broker.start()
    settings = worker_settings(bootstrap, tmp_path)
    worker = Worker(settings, tmp_path / "worker.log")
    first, lost, rest = in_parts(market_logs(), 3)
    try:
        await ensure_topics(settings.kafka)
        await worker.start()
        await send(bootstrap, first, 0.5)
        await worker.until_idle()
        await broker.stop()
        shutil.copytree(data, kept)
        await broker.start()
        await send(bootstrap, lost, 0.5)
        applied = (await worker.until_idle())["counters"]["records"][DEPTH.name]
        # States that end where the log will end again have lost nothing.
        await worker.until_checkpointed()
        await broker.stop()
        shutil.rmtree(data)
        shutil.copytree(kept, data)
        await broker.start()
        await _until_told(worker)
        # Fewer than were lost: all their offsets were seen before.
        await send(bootstrap, rest, 0.5)
        status = await worker.until_idle()
        told = [json.loads(r.value) for r in await records(bootstrap, STATUS.name, PARTITIONS)]
        assert await worker.until_probe("/readyz", 200) == []
        report = await worker.stop()
    finally:
        if worker.runs:
            await worker.kill()
        await broker.stop()
    sent = sum(len(log.depth) for log in rest.values())
    assert status["counters"]["records"][DEPTH.name] >= applied + sent
    assert any(s["state"] == "gap" and "its tail was lost" in s["reason"] for s in told)
    assert report["counters"]["faults"] == {}


async def _until_told(worker: Worker) -> None:
    """Wait until both halves have noticed."""
    counters = [LOST.format("engine"), LOST.format("store")]
    served: dict[str, float] = {}
    try:
        async with asyncio.timeout(60.0):
            while not all(served.get(name) for name in counters):
                served = await worker.metrics()
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError({name: served.get(name) for name in counters}) from None
