"""What the files of this folder share: one real Kafka a file, and the rounds."""

from collections.abc import Iterator

import pytest

from schemas.settings import ClickHouseSettings
from tests.integration.fire.scene import ROUNDS, Logs, fire_logs
from tests.integration.processors.worker_harness import running_broker
from tests.support.servers.clickhouse_server import unique_database


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat every test that takes logs once a round."""
    if "logs" in metafunc.fixturenames:
        metafunc.parametrize("logs", range(ROUNDS), indirect=True, ids=lambda n: f"round {n}")


@pytest.fixture
def logs(request: pytest.FixtureRequest) -> Logs:
    """The records of this round."""
    return fire_logs(request.param)


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a real Apache Kafka; topics are made anew for each test."""
    with running_broker("apache", tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture
def server_store(clickhouse_server: str) -> ClickHouseSettings:
    """An empty database of a real ClickHouse server, which several workers can share."""
    return ClickHouseSettings(url=clickhouse_server, database=unique_database())
