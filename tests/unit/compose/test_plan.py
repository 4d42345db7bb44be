"""Which settings an embedded stack gets, and which of the user's it leaves alone."""

from pathlib import Path

import pytest

from compose.stack.plan import MOST_NAMED, Mode, StackPlan, symbols_in_words, with_values
from compose.stack.service_child import service_environment
from schemas.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WALLWATCH_CONFIG", "WALLWATCH_KAFKA__PARTITIONS"):
        monkeypatch.delenv(name, raising=False)


def plan(
    mode: Mode = Mode.DEMO, broker: str = "noida", settings: Settings | None = None
) -> StackPlan:
    return StackPlan(
        mode=mode,
        settings=settings or load_settings(),
        broker=broker,
        data_dir=None,
        symbols=None,
    )


def test_an_embedded_stack_is_small_and_keeps_its_store_in_process(tmp_path: Path) -> None:
    settings = plan().located(tmp_path).settings
    assert settings.kafka.partitions == 4
    assert 0 < settings.kafka.retention_bytes <= 1 << 20
    assert settings.kafka.segment_bytes is not None
    assert settings.kafka.signals_retention_bytes is not None
    assert settings.kafka.signals_retention_bytes < settings.kafka.retention_bytes
    # Whole old segments go, so what is kept is at most one and a half times the bound.
    assert 2 * settings.kafka.segment_bytes <= settings.kafka.signals_retention_bytes
    assert settings.kafka.retention_ms is None
    assert settings.clickhouse.url == f"chdb:{tmp_path / 'store'}"


def test_a_replay_keeps_old_records(tmp_path: Path) -> None:
    kafka = plan(Mode.REPLAY).located(tmp_path).settings.kafka
    assert (kafka.retention_ms, kafka.retention_bytes) == (-1, -1)
    assert kafka.signals_retention_bytes is None


def test_a_broker_of_somebody_else_gets_the_production_defaults(tmp_path: Path) -> None:
    kafka = plan(broker="kafka:9092").located(tmp_path).settings.kafka
    assert (kafka.partitions, kafka.retention_bytes) == (16, -1)
    assert kafka.signals_retention_bytes is None


@pytest.mark.parametrize("mode", list(Mode))
def test_what_the_user_said_stays(
    mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALLWATCH_KAFKA__PARTITIONS", "7")
    config = tmp_path / "wallwatch.toml"
    config.write_text("[kafka]\nretention_bytes = 5000000\n", encoding="utf-8")
    given = load_settings(config, {"clickhouse": {"url": "http://store:8123"}})
    settings = plan(mode, settings=given).located(tmp_path).settings
    assert settings.kafka.partitions == 7
    assert settings.kafka.retention_bytes == 5_000_000
    assert settings.kafka.signals_retention_bytes is None, "said for all topics"
    assert settings.clickhouse.url == "http://store:8123"


def test_what_the_user_said_of_signals_stays(tmp_path: Path) -> None:
    given = load_settings(flags={"kafka": {"signals_retention_bytes": 7_000_000}})
    kafka = plan(settings=given).located(tmp_path).settings.kafka
    assert (kafka.retention_bytes, kafka.signals_retention_bytes) == (640 << 10, 7_000_000)


def test_a_child_gets_exactly_the_settings_of_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALLWATCH_KAFKA__PARTITIONS", "7")
    config = tmp_path / "wallwatch.toml"
    config.write_text('[kafka]\ngroup = "mine"\n', encoding="utf-8")
    monkeypatch.setenv("WALLWATCH_CONFIG", str(config))
    settings = plan().located(tmp_path).settings
    settings = with_values(settings, {"kafka": {"brokers": "127.0.0.1:1234", "partitions": 3}})
    environment = service_environment(settings)
    for name in ("WALLWATCH_CONFIG", "WALLWATCH_KAFKA__PARTITIONS"):
        monkeypatch.delenv(name)
        assert name not in environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load_settings().model_dump() == settings.model_dump()


def test_a_few_symbols_are_named_and_many_counted() -> None:
    names = [f"S{number}USDT" for number in range(300)]
    assert symbols_in_words(names[:3]) == "S0USDT, S1USDT, S2USDT"
    assert symbols_in_words(names[:MOST_NAMED]).count("USDT") == MOST_NAMED
    assert symbols_in_words(names) == "300 symbols"
