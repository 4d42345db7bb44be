"""The production files: valid, closed by default, limited, and in step with the settings."""

from __future__ import annotations

import re
from typing import Any

import pytest

from schemas.settings import Settings, load_settings
from tests.support.servers.compose_file import (
    BASE,
    CLUSTER,
    FOLDER,
    SECRETS,
    read_config,
    run_config,
)

ONE_SHOT = "topics"
OURS = ("topics", "ingest", "worker", "web")


@pytest.fixture(scope="module")
def services(docker_compose: str) -> dict[str, Any]:
    """The services of one machine."""
    found: dict[str, Any] = read_config(docker_compose, BASE)["services"]
    return found


@pytest.fixture(scope="module")
def cluster(docker_compose: str) -> dict[str, Any]:
    """The services with the overlay."""
    found: dict[str, Any] = read_config(docker_compose, BASE, CLUSTER)["services"]
    return found


def test_everything_is_there(services: dict[str, Any]) -> None:
    assert set(services) == {"kafka", "clickhouse", "grafana", *OURS}


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_it_does_not_start_without_a_password(docker_compose: str, missing: str) -> None:
    environment = {name: value for name, value in SECRETS.items() if name != missing}
    result = run_config(docker_compose, (BASE,), environment)
    assert result.returncode != 0
    assert missing in result.stderr
    assert "compose/.env" in result.stderr


def test_the_example_names_every_variable_and_holds_no_secret() -> None:
    lines = (FOLDER / ".env.example").read_text(encoding="utf-8").splitlines()
    named = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    used = set()
    for name in (BASE, CLUSTER):
        text = (FOLDER / name).read_text(encoding="utf-8")
        used |= set(re.findall(r"\$\{(\w+)[:}]", text))
    assert used == set(named)
    assert all(value == "" for name, value in named.items() if "PASSWORD" in name)


def test_ports_are_on_loopback_unless_asked_otherwise(
    docker_compose: str, services: dict[str, Any]
) -> None:
    ports = {name: service.get("ports", []) for name, service in services.items()}
    assert ports.pop("grafana") == ["127.0.0.1:3000:3000/tcp"]
    assert ports.pop("web") == ["127.0.0.1:8080:8080/tcp"]
    assert not any(ports.values())
    opened = read_config(docker_compose, BASE, BIND_ADDRESS="0.0.0.0", WEB_PORT="80")["services"]
    assert opened["web"]["ports"] == ["0.0.0.0:80:8080/tcp"]


def test_kafka_and_clickhouse_are_reached_from_inside_alone(docker_compose: str) -> None:
    document = read_config(docker_compose, BASE, CLUSTER)
    assert document["networks"]["inside"]["internal"] is True
    for name, service in document["services"].items():
        stores = name.startswith(("kafka", "clickhouse", "keeper"))
        assert ("outside" in service["networks"]) <= (not stores), name


def test_every_service_is_limited_unprivileged_and_watched(cluster: dict[str, Any]) -> None:
    for name, service in cluster.items():
        assert service["restart"] == ("on-failure" if name == ONE_SHOT else "unless-stopped")
        assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"])
        assert not str(service["user"]).startswith(("0", "root")), name
        assert "no-new-privileges:true" in service["security_opt"]
        assert ("healthcheck" in service) == (name != ONE_SHOT)
        assert ":latest" not in service["image"]
        assert ":" in service["image"]
    for name in OURS:
        assert cluster[name]["read_only"] is True
        assert cluster[name]["cap_drop"] == ["ALL"]


def test_state_is_in_named_volumes(cluster: dict[str, Any]) -> None:
    used = [
        volume.split(":")[0]
        for service in cluster.values()
        for volume in service.get("volumes", [])
        if not volume.startswith("/")
    ]
    assert sorted(used) == sorted(set(used)), "two services write one volume"
    assert {"kafka-data", "clickhouse-data", "grafana-data"} <= set(used)


@pytest.mark.parametrize("name", OURS)
def test_our_services_read_their_settings(
    name: str, services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in services[name]["environment"].items():
        monkeypatch.setenv(variable, str(value))
    settings = load_settings()
    assert settings.kafka.brokers == "kafka:9092"
    assert settings.kafka.uses_sasl
    assert settings.kafka.password.get_secret_value() == SECRETS["KAFKA_PASSWORD"]
    assert settings.ingest.symbols == ("BTCUSDT", "ETHUSDT")
    if name == "worker":
        assert settings.clickhouse.user == "wallwatch"
        assert settings.clickhouse.keep_days == Settings().clickhouse.keep_days
    if name == "web":
        assert settings.clickhouse.user == "reader"


def test_grafana_reads_as_a_user_that_only_reads(services: dict[str, Any]) -> None:
    environment = services["grafana"]["environment"]
    assert environment["WALLWATCH_CLICKHOUSE_USER"] == "reader"
    assert environment["WALLWATCH_CLICKHOUSE_PASSWORD"] == SECRETS["CLICKHOUSE_READER_PASSWORD"]
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    mounted = " ".join(services["grafana"]["volumes"])
    assert "/dashboards/grafana/dashboards:/etc/grafana/wallwatch:ro" in mounted
    used = re.findall(
        r"\$\{(\w+)\}",
        (FOLDER.parent / "dashboards/grafana/provisioning/datasources/wallwatch.yaml").read_text(
            encoding="utf-8"
        ),
    )
    assert set(used) <= set(environment)


def test_the_overlay_has_three_brokers_and_two_replicas(cluster: dict[str, Any]) -> None:
    brokers = {name: cluster[name] for name in ("kafka", "kafka-2", "kafka-3")}
    environments = [broker["environment"] for broker in brokers.values()]
    assert sorted(env["KAFKA_NODE_ID"] for env in environments) == ["1", "2", "3"]
    assert len({env["KAFKA_CONTROLLER_QUORUM_VOTERS"] for env in environments}) == 1
    assert len({env["CLUSTER_ID"] for env in environments}) == 1
    for name, broker in brokers.items():
        assert broker["environment"]["KAFKA_ADVERTISED_LISTENERS"] == f"CLIENT://{name}:9092"
        assert broker["hostname"] == name
        assert broker["environment"]["KAFKA_MIN_INSYNC_REPLICAS"] == "2"
    replicas = ("clickhouse", "clickhouse-2")
    names = {cluster[name]["environment"]["CLICKHOUSE_REPLICA"] for name in replicas}
    assert names == set(replicas)
    worker = cluster["worker"]["environment"]
    assert worker["WALLWATCH_KAFKA__REPLICATION"] == "3"
    assert worker["WALLWATCH_CLICKHOUSE__REPLICATED"] == "true"


def test_images_are_built_from_what_the_repository_has() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    root = FOLDER.parent
    for line in text.splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            *sources, _ = line.split()[1:]
            for source in sources:
                assert (root / source).exists(), source
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    ignored = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    assert ignored.startswith("**\n")
