"""Real Kafka brokers for tests, one of each kind per session.

Tests share them, so a test names its topics and groups itself (`unique_name`).
"""

import asyncio
import uuid
from collections.abc import Iterator

import pytest

from compose.brokers.apache import ApacheBroker
from compose.brokers.base import Broker, BrokerError
from compose.brokers.noida import NoidaBroker
from tests.support.servers.availability import unavailable


def unique_name(prefix: str) -> str:
    """Return a topic or group name that no other test uses."""
    return f"{prefix}.{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a real Apache Kafka."""
    folder = tmp_path_factory.mktemp("apache-kafka")
    yield from serving(ApacheBroker(folder / "data", folder, say=print))


@pytest.fixture(scope="session")
def noida_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of the embedded broker."""
    folder = tmp_path_factory.mktemp("noida")
    yield from serving(NoidaBroker(folder / "data", folder))


def serving(broker: Broker) -> Iterator[str]:
    """Yield HOST:PORT of the broker while it runs; skips where it cannot."""
    # A loop of its own, kept until the end: the child's transport belongs to it.
    with asyncio.Runner() as runner:
        try:
            bootstrap = runner.run(broker.start())
        except BrokerError as error:
            unavailable(str(error))
        try:
            yield bootstrap
        finally:
            runner.run(broker.stop())
