"""What several files of this folder need."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from compose.topics import ensure_topics
from tests.integration.worker_harness import Worker, worker_settings


@pytest.fixture
async def worker(broker: str, tmp_path: Path) -> AsyncIterator[Worker]:
    """A worker that is not started yet; it never outlives the test."""
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    child = Worker(settings, tmp_path / "worker.log")
    yield child
    if child.runs:
        await child.kill()
