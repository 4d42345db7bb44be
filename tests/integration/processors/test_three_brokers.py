"""Three brokers with three replicas of everything: one is killed and comes back without a loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from compose.brokers.base import BrokerError
from schemas.kafka.admin import ensure_topics
from tests.integration.processors.worker_harness import (
    Worker,
    differences,
    expected_signals,
    in_parts,
    market_logs,
    produced_signals,
    send,
    stored_signals,
    worker_settings,
)
from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable
from tests.support.servers.kafka_cluster import COUNT, KafkaCluster, kafka_cluster

OVERLAY = REPOSITORY / "compose" / "docker-compose.cluster.yml"
PART_S = 2.0


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[KafkaCluster]:
    """The brokers of the overlay, without its containers."""
    (tmp_path / "kafka").mkdir()
    quorum = yaml.safe_load(OVERLAY.read_text(encoding="utf-8"))["x-quorum"]
    try:
        async with kafka_cluster(tmp_path / "kafka", quorum) as running:
            yield running
    except BrokerError as error:
        unavailable(str(error))


@pytest.mark.kafka
async def test_a_broker_that_is_killed_and_comes_back_costs_no_record(
    cluster: KafkaCluster, tmp_path: Path
) -> None:
    logs = market_logs()
    before, without, after = in_parts(logs, 3)
    settings = worker_settings(cluster.bootstrap, tmp_path)
    kafka = settings.kafka.model_copy(update={"replication": COUNT})
    settings = settings.model_copy(update={"kafka": kafka})
    await ensure_topics(settings.kafka)
    worker = Worker(settings, tmp_path / "worker.log")
    try:
        await worker.start()
        await send(cluster.bootstrap, before, PART_S)
        sending = asyncio.create_task(send(cluster.bootstrap, without, PART_S))
        await asyncio.sleep(PART_S / 3)  # A moment in the midst of it, whichever it is.
        await cluster.kill(1)
        await sending
        await worker.until_idle()
        await cluster.until_in_sync(COUNT - 1)
        assert {count for count, _ in (await cluster.replicas()).values()} == {COUNT}
        await cluster.start_one(1)
        await cluster.until_in_sync(COUNT)
        # What came back leads again where it is needed: of the others one goes.
        sending = asyncio.create_task(send(cluster.bootstrap, after, PART_S))
        await asyncio.sleep(PART_S / 3)
        await cluster.kill(2)
        await sending
        await worker.until_idle()
        await worker.stop()
    finally:
        if worker.runs:
            await worker.kill()
    expected = expected_signals(logs)
    assert differences(await produced_signals(cluster.bootstrap), expected) == []
    assert differences(stored_signals(settings.clickhouse), expected) == []
