"""The compose file's own settings on real servers: Kafka asks who is there, ClickHouse who may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import SecretStr

from compose.brokers.apache import ApacheBroker
from compose.brokers.probe import free_port, kafka_problem
from schemas.clickhouse.connect import connect
from schemas.clickhouse.errors import StoreError
from schemas.clickhouse.migrate import migrate
from schemas.clickhouse.retention import apply_retention
from schemas.kafka.admin import ensure_topics
from schemas.settings import ClickHouseSettings, KafkaSettings
from schemas.topics import ALL_TOPICS
from tests.support.servers.availability import unavailable
from tests.support.servers.clickhouse_server import ServerUnavailableError, running_server
from tests.support.servers.compose_file import BASE, FOLDER, SECRETS, read_config
from tests.support.servers.kafka import serving

PREFIX = "KAFKA_"
NOT_PROPERTIES = {"KAFKA_HEAP_OPTS"}


class _ComposeBroker(ApacheBroker):
    """Kafka with the properties that its image makes of the environment, on loopback ports.

    One open listener is added, by which the base class sees that it has started.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder / "data", folder, say=print)
        self._environment = environment
        self.address = f"127.0.0.1:{free_port()}"

    def _write_properties(self, port: int) -> Path:
        path = super()._write_properties(port)
        given = {
            name.removeprefix(PREFIX).lower().replace("_", "."): value
            for name, value in self._environment.items()
            if name.startswith(PREFIX) and name not in NOT_PROPERTIES
        }
        controller = f"127.0.0.1:{free_port()}"
        given["controller.quorum.voters"] = f"1@{controller}"
        given["listeners"] = (
            f"CLIENT://{self.address},CONTROLLER://{controller},PROBE://127.0.0.1:{port}"
        )
        given["advertised.listeners"] = f"CLIENT://{self.address},PROBE://127.0.0.1:{port}"
        given["listener.security.protocol.map"] += ",PROBE:PLAINTEXT"
        given["log.dirs"] = str(path.parent / "log")
        lines = [f"{name}={value}\n" for name, value in given.items()]
        path.write_text("".join(lines), encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def kafka(docker_compose: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of the broker as its clients see it."""
    environment = read_config(docker_compose, BASE)["services"]["kafka"]["environment"]
    broker = _ComposeBroker(tmp_path_factory.mktemp("compose-kafka"), environment)
    for _ in serving(broker):
        yield broker.address


def _client(address: str, password: str) -> KafkaSettings:
    return KafkaSettings(
        brokers=address,
        security_protocol="SASL_PLAINTEXT",
        username="wallwatch",
        password=SecretStr(password),
    )


@pytest.mark.kafka
async def test_the_broker_takes_the_password_of_the_services_alone(kafka: str) -> None:
    ours = _client(kafka, SECRETS["KAFKA_PASSWORD"])
    assert await kafka_problem(kafka, 5, ours) is None
    assert len(await ensure_topics(ours)) == len(ALL_TOPICS)
    assert await kafka_problem(kafka, 5, _client(kafka, "wrong")) is not None
    assert await kafka_problem(kafka, 5) is not None, "nobody gets in without a password"


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server with the compose file's users.

    The server's own user stays, because the library that it runs in logs in as it.
    """
    text = (FOLDER / "clickhouse" / "users.xml").read_text(encoding="utf-8")
    removal = '<default remove="remove"/>'
    assert removal in text
    passwords = {name: value for name, value in SECRETS.items() if name.startswith("CLICKHOUSE")}
    try:
        with running_server(
            tmp_path_factory.mktemp("compose-clickhouse"),
            users=text.replace(removal, ""),
            environment=passwords,
        ) as url:
            yield url
    except ServerUnavailableError as error:
        unavailable(str(error))


def _store(url: str, user: str, secret: str) -> ClickHouseSettings:
    return ClickHouseSettings(url=url, user=user, password=SecretStr(SECRETS[secret]))


@pytest.mark.clickhouse
def test_the_writer_makes_the_schema_and_the_reader_only_reads(clickhouse: str) -> None:
    writer_settings = _store(clickhouse, "wallwatch", "CLICKHOUSE_WRITER_PASSWORD")
    writer = connect(writer_settings, create_database=True)
    migrate(writer)
    shorter = writer_settings.model_copy(update={"keep_days": 30})
    assert apply_retention(writer, shorter)
    writer.command("INSERT INTO sink_offsets_rows VALUES ('demo', 'market.oi', 0, 1, 2)")

    reader = connect(_store(clickhouse, "reader", "CLICKHOUSE_READER_PASSWORD"))
    assert reader.query("SELECT sum(next_offset) FROM sink_offsets").result_rows == [(1,)]
    assert reader.query("SELECT * FROM pulled_walls(from_ms = 0, to_ms = 1)").result_rows == []
    assert reader.query("SELECT 1 SETTINGS max_execution_time = 45").result_rows == [(1,)]
    for refused in (
        "INSERT INTO sink_offsets_rows VALUES ('demo', 'market.oi', 0, 1, 3)",
        "DROP TABLE flow_rows",
        "CREATE TABLE mine (a Int8) ENGINE = Memory",
        "SELECT * FROM url('http://127.0.0.1:9/', 'CSV', 'a String')",
        "SELECT 1 SETTINGS max_execution_time = 600",
        "SELECT 1 SETTINGS readonly = 0",
    ):
        with pytest.raises(ClickHouseError):
            reader.command(refused)
    writer.close()
    reader.close()


@pytest.mark.clickhouse
def test_a_backup_brings_everything_back(clickhouse: str) -> None:
    settings = _store(clickhouse, "wallwatch", "CLICKHOUSE_WRITER_PASSWORD")
    writer = connect(settings, create_database=True)
    migrate(writer)
    writer.command("INSERT INTO sink_offsets_rows VALUES ('kept', 'market.oi', 0, 7, 2)")
    writer.command("BACKUP DATABASE wallwatch TO File('wallwatch-monday')")
    writer.command("DROP DATABASE wallwatch")
    writer.command("RESTORE DATABASE wallwatch FROM File('wallwatch-monday')", use_database=False)
    found = writer.query("SELECT next_offset FROM sink_offsets WHERE source = 'kept'")
    assert found.result_rows == [(7,)]
    assert migrate(writer) == []
    writer.close()


@pytest.mark.clickhouse
def test_a_wrong_password_is_refused(clickhouse: str) -> None:
    with pytest.raises(StoreError, match="refused user 'reader'"):
        connect(_store(clickhouse, "reader", "KAFKA_PASSWORD"))
