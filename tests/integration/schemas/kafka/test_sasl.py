"""A broker that asks for user and password: topics, worker and counts work, mistakes are named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose.brokers.apache import ApacheBroker
from compose.brokers.probe import free_port, kafka_problem
from compose.stack.topic_counts import topic_counts
from schemas.kafka.admin import ensure_topics
from schemas.settings import KafkaSettings, Settings, SettingsError, load_settings
from schemas.topics import ALL_TOPICS, FLOW
from tests.integration.processors.worker_harness import Worker, market_logs, send, worker_settings
from tests.support.servers.kafka import serving

pytestmark = pytest.mark.kafka

USER, PASSWORD = "wallwatch", "correct horse"
JAAS = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'


class _SaslBroker(ApacheBroker):
    """With a second listener that asks who is there; the first is for its own start."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "data", folder, say=print)
        self.sasl_address = f"127.0.0.1:{free_port()}"

    def _write_properties(self, port: int) -> Path:
        path = super()._write_properties(port)
        text = path.read_text(encoding="utf-8")
        for name in ("listeners", "advertised.listeners"):
            text = re.sub(
                rf"^({re.escape(name)}=PLAINTEXT://[^,\n]+)",
                rf"\1,SASL_PLAINTEXT://{self.sasl_address}",
                text,
                flags=re.MULTILINE,
            )
        text = text.replace(
            "map=PLAINTEXT:PLAINTEXT", "map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT"
        )
        text += "inter.broker.listener.name=PLAINTEXT\nsasl.enabled.mechanisms=PLAIN\n"
        text += f"listener.name.sasl_plaintext.plain.sasl.jaas.config={JAAS}\n"
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The broker's addresses without and with SASL."""
    broker = _SaslBroker(tmp_path_factory.mktemp("sasl"))
    for plain in serving(broker):
        yield plain, broker.sasl_address


def _secured(address: str, password: str = PASSWORD) -> dict[str, str]:
    return {
        "brokers": address,
        "security_protocol": "SASL_PLAINTEXT",
        "username": USER,
        "password": password,
    }


async def test_a_worker_and_the_tools_log_in(addresses: tuple[str, str], tmp_path: Path) -> None:
    plain, address = addresses
    base = worker_settings(address, tmp_path)
    kafka = KafkaSettings.model_validate({**base.kafka.model_dump(), **_secured(address)})
    settings = base.model_copy(update={"kafka": kafka})
    assert len(await ensure_topics(kafka)) == len(ALL_TOPICS)
    assert await kafka_problem(address, 5, kafka) is None

    logs = {"AAA": market_logs()["AAA"]}
    worker = Worker(settings, tmp_path / "worker.log")
    await worker.start()
    try:
        await send(plain, logs, seconds=1)
        status = await worker.until_idle()
    finally:
        await worker.stop()
    assert sum(status["counters"]["records"].values()) > 100
    assert (await topic_counts(kafka))[FLOW.name] > 10


async def test_a_wrong_password_is_told(addresses: tuple[str, str]) -> None:
    _, address = addresses
    wrong = KafkaSettings.model_validate(_secured(address, "wrong"))
    problem = await kafka_problem(address, 5, wrong)
    assert problem is not None
    assert "\n" not in problem


def test_a_missing_user_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLWATCH_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    with pytest.raises(SettingsError, match="SASL_SSL needs username and password"):
        load_settings()


def test_a_child_process_gets_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.model_validate({"kafka": _secured("127.0.0.1:9092")})
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings().kafka == settings.kafka
