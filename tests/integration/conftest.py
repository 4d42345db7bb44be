"""What several files of this folder need."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from compose.brokers.noida import NoidaBroker
from schemas.kafka.admin import ensure_topics
from schemas.settings import KafkaSettings
from tests.integration.processors.worker_harness import Worker, running_broker, worker_settings
from tests.support.ingesting.faults import PARTITIONS


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of an embedded broker of the test's own."""
    with running_broker("noida", tmp_path) as bootstrap:
        yield bootstrap


@pytest.fixture
async def worker(broker: str, tmp_path: Path) -> AsyncIterator[Worker]:
    """A worker that is not started yet; it never outlives the test."""
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    child = Worker(settings, tmp_path / "worker.log")
    yield child
    if child.runs:
        await child.kill()


@pytest.fixture(scope="module")
def fault_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of an embedded broker with the topics that a rig of faults needs."""
    folder = tmp_path_factory.mktemp("broker")
    server = NoidaBroker(folder / "data", folder)
    with asyncio.Runner() as runner:
        address = runner.run(server.start())
        try:
            kafka = KafkaSettings(brokers=address, partitions=PARTITIONS, retention_ms=-1)
            runner.run(ensure_topics(kafka))
            yield address
        finally:
            runner.run(server.stop())
