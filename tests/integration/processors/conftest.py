"""What the tests of this folder share: a broker of their own, since topics have fixed names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.processors.worker_harness import running_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of Apache Kafka: it deletes records on demand, and notices members that die."""
    with running_broker("apache", tmp_path) as bootstrap:
        yield bootstrap
