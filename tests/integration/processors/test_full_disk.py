"""A full disk under the broker, and with it under the changelog of the workers' states: it ends the
broker, which is told, and costs no record and no signal."""

import asyncio
from itertools import cycle
from pathlib import Path
from typing import Final

import pytest

from compose.brokers.apache import ApacheBroker
from compose.brokers.base import BrokerError
from compose.brokers.probe import free_port
from schemas.kafka.admin import ensure_topics
from tests.integration.processors.worker_harness import (
    Worker,
    differences,
    expected_signals,
    in_parts,
    market_logs,
    produced_signals,
    send,
    worker_settings,
)
from tests.support.servers.availability import unavailable
from tests.support.servers.small_disk import fill, small_disk

pytestmark = pytest.mark.kafka

DIES_S: Final = 60.0


async def test_a_full_disk_under_broker_and_changelog_costs_no_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = market_logs()
    before, during, after = in_parts(logs, 3)
    # Broker and controller get the same two ports at each start.
    ports = cycle([free_port(), free_port()])
    monkeypatch.setattr("compose.brokers.apache.free_port", lambda: next(ports))
    with small_disk(tmp_path / "disk") as disk:
        broker = ApacheBroker(disk / "apache", tmp_path, say=print)
        try:
            bootstrap = await broker.start()
        except BrokerError as error:
            unavailable(str(error))
        settings = worker_settings(bootstrap, tmp_path)
        await ensure_topics(settings.kafka)
        worker = Worker(settings, tmp_path / "worker.log")
        ballast = disk / "ballast"
        try:
            await worker.start()
            await send(bootstrap, before, 1.0)
            await worker.until_signals()
            await asyncio.to_thread(fill, ballast)
            sending = asyncio.create_task(send(bootstrap, during, 1.0))
            await asyncio.wait_for(broker.died(), DIES_S)
            reasons = await worker.until_probe("/readyz", 503)
            assert reasons
            await asyncio.to_thread(ballast.unlink)
            await broker.start()
            await sending
            await send(bootstrap, after, 1.0)
            status = await worker.until_idle()
            assert status["counters"]["lost_records"] == 0
            assert status["counters"]["faults"] == {}
            found = await produced_signals(bootstrap)
            await worker.stop()
        finally:
            if worker.runs:
                await worker.kill()
            await broker.stop()
    assert differences(found, expected_signals(logs)) == []
