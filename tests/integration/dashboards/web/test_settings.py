"""Engine settings changed over HTTP reach what the workers read, through a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiokafka import ConsumerRecord
from pydantic import SecretStr

from compose.control.control_topic import ControlTopic
from compose.control.web_settings import app_with_control
from processors.shell.engines.settings_feed import ChangedSettings, SettingsFeed
from schemas.control import SettingsChange
from schemas.kafka.admin import ensure_topics
from schemas.settings import ClickHouseSettings, KafkaSettings, Settings, WebSettings
from schemas.settings.change import change_of
from schemas.signals import BookMetrics
from schemas.status import PipelineStatus
from schemas.topics import SETTINGS
from tests.integration.processors.worker_harness import running_broker
from tests.support.markets.records import RECEIVED_US, as_bytes, signal
from tests.support.processing.sink import started_sink
from tests.support.servers.clickhouse_server import unique_database

TOKEN = "a-token-for-this-test"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
MULTIPLE = "/api/v1/settings/engine.threshold.multiple"
MAX_LOSS = "/api/v1/settings/maxLossAmount"
IMPACT = "/api/v1/settings/engine.classify.impact_ratio"
VENUE = "binance_usdm"
NUMBERS = {
    MULTIPLE: "threshold.multiple",
    "/api/v1/settings/engine.threshold.floor_usd": "threshold.floor_usd",
    "/api/v1/settings/engine.lifecycle.persistent_ms": "lifecycle.persistent_ms",
}
"""Paths of a number, of one that may be null and of a whole one without an upper limit."""
NOT_FINITE = ('"1e400"', '"inf"', '"-Infinity"', '"nan"', "1" * 400, "-" + "1" * 400)


async def nothing_to_say() -> PipelineStatus:
    return PipelineStatus()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    with running_broker("noida", tmp_path) as bootstrap:
        yield bootstrap


@pytest.fixture
async def settings(broker: str, chdb_url: str) -> Settings:
    """A store that knows BTCUSDT, a broker with its topics, and a token."""

    made = Settings(
        clickhouse=ClickHouseSettings(url=chdb_url, database=unique_database()),
        kafka=KafkaSettings(brokers=broker),
        web=WebSettings(token=SecretStr(TOKEN)),
    )
    sink = await started_sink(made.clickhouse)
    await sink.add("signals.book", 0, 0, as_bytes(signal(BookMetrics)), RECEIVED_US)
    await sink.flush()
    await sink.stop()
    await ensure_topics(made.kafka)
    return made


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[ClientSession]:
    runner = web.AppRunner(app_with_control(settings, nothing_to_say))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        root = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with ClientSession(root, headers=HEADERS) as client:
            yield client
    finally:
        await runner.cleanup()


async def version_of_a_worker(settings: Settings, symbol: str) -> tuple[str, int]:
    """Return what a worker that starts now would use for a symbol, and from when on."""

    def refuse(record: ConsumerRecord, reason: str) -> None:
        raise AssertionError((record, reason))

    changed = ChangedSettings(settings)
    heard: list[SettingsChange] = []
    feed = SettingsFeed(settings, changed, heard.append, refuse)
    await feed.start()
    await feed.stop()
    found = changed.of(VENUE, symbol)
    assert found is not None
    return found[0].version, found[1]


def control(settings: Settings) -> ControlTopic:
    def unreadable(record: ConsumerRecord) -> None:
        raise AssertionError(record)

    return ControlTopic(settings.kafka, SETTINGS, unreadable)


async def said(settings: Settings) -> list[SettingsChange]:
    return list((await control(settings).newest()).values())


async def test_a_change_reaches_the_workers(settings: Settings) -> None:
    async with served(settings) as client:
        every = await client.put(MULTIPLE, params={"symbol": "*", "at_ms": 5_000}, json=6)
        one = await client.put(IMPACT, params={"symbol": "BTCUSDT", "at_ms": 7_000}, json=0.5)
        again = await client.put(
            "/api/v1/settings/engine.classify",
            params={"symbol": "BTCUSDT"},
            json={"impact_ratio": 0.4},
        )
        answers = [await answer.json() for answer in (every, one, again)]
        assert [answer.status for answer in (every, one, again)] == [200, 200, 200], answers
        read = await (await client.get(MULTIPLE, params={"symbol": "BTCUSDT"})).json()
        configured = await (await client.get(MULTIPLE)).json()
    assert read == {
        "name": "engine.threshold.multiple",
        "value": 6.0,
        "writable": True,
        "read_only_reason": "",
    }
    assert configured["value"] == settings.engine.threshold.multiple
    assert (answers[0]["value"], answers[0]["effective_from"]) == (6.0, 5_000)
    assert (answers[1]["value"], answers[1]["effective_from"]) == (0.5, 7_000)
    assert answers[2]["overrides"] == {"classify": {"impact_ratio": 0.4}}
    assert answers[2]["value"]["impact_ratio"] == 0.4
    by_symbol = {change.symbol: change for change in await said(settings)}
    assert by_symbol["*"].overrides == {"threshold": {"multiple": 6}}
    assert by_symbol["BTCUSDT"].effective_from == answers[2]["effective_from"]
    # A change of one symbol lies over that of all.
    version, from_ms = await version_of_a_worker(settings, "BTCUSDT")
    assert (version, from_ms) == (answers[2]["settings_version"], answers[2]["effective_from"])
    assert (await version_of_a_worker(settings, "ETHUSDT"))[0] == answers[0]["settings_version"]


async def test_changes_at_once_lose_nothing(settings: Settings) -> None:
    """Two processes that serve the page, each with requests at the same time."""
    names = ["pattern_bps", "pattern_window_ms", "layering_window_ms", "spoof_lifetime_ms"]
    async with served(settings) as one, served(settings) as other:
        answers = await asyncio.gather(
            *(
                client.put(
                    f"/api/v1/settings/engine.classify.{name}",
                    params={"symbol": "BTCUSDT"},
                    json=20 + place,
                )
                for place, (name, client) in enumerate(
                    zip(names, (one, other, one, other), strict=True)
                )
            )
        )
        assert [answer.status for answer in answers] == [200] * len(names)
    (change,) = await said(settings)
    assert change.overrides == {"classify": {name: 20 + place for place, name in enumerate(names)}}


async def test_what_is_not_allowed_is_not_said(settings: Settings) -> None:
    refusals: list[tuple[str, dict[str, Any], Any, int, str]] = [
        (MULTIPLE, {"symbol": "*"}, -1, 422, "threshold.multiple: Input should be greater than"),
        (MULTIPLE, {"symbol": "*"}, "six", 422, "valid number"),
        ("/api/v1/settings/engine", {"symbol": "*"}, {"flow": {"x": 1}}, 422, "unknown name"),
        (MULTIPLE, {}, 6, 400, "parameter symbol is missing"),
        (MULTIPLE, {"symbol": "BTCUSTD"}, 6, 404, "unknown symbol BTCUSTD"),
        ("/api/v1/settings/engine.thresold", {"symbol": "*"}, 6, 404, "unknown setting"),
        ("/api/v1/settings/kafka.brokers", {"symbol": "*"}, "x", 409, "WALLWATCH_KAFKA__BROKERS"),
    ]
    async with served(settings) as client:
        for path, params, value, status, words in refusals:
            answer = await client.put(path, params=params, json=value)
            document = await answer.json()
            assert (answer.status, words in document["error"]) == (status, True), document
        for body in ("", "{", "NaN", "1e400", "-1e999"):
            answer = await client.put(MULTIPLE, params={"symbol": "*"}, data=body)
            assert answer.status == 422, body
            assert "as JSON" in (await answer.json())["error"]
        for path, name in NUMBERS.items():
            for value in NOT_FINITE:
                answer = await client.put(path, params={"symbol": "*"}, data=value)
                assert answer.status == 422, (path, value)
                assert name in (await answer.json())["error"]
            assert (await client.get(path, params={"symbol": "BTCUSDT"})).status == 200
        wrong = {"Authorization": "Bearer guess"}
        answer = await client.put(MULTIPLE, params={"symbol": "*"}, json=6, headers=wrong)
        assert answer.status == 401
    assert await said(settings) == []


async def test_the_greatest_loss_is_set_for_all_or_for_one_and_taken_back(
    settings: Settings,
) -> None:
    async def read(client: ClientSession, **params: str) -> Any:
        return await (await client.get(MAX_LOSS, params=params)).json()

    async with served(settings) as client:
        assert await read(client) == {
            "name": "maxLossAmount",
            "value": None,
            "writable": True,
            "read_only_reason": "",
        }
        every = await client.put(MAX_LOSS, json=100)
        one = await client.put(MAX_LOSS, params={"symbol": "BTCUSDT"}, json=250.5)
        answer = await one.json()
        assert (every.status, one.status) == (200, 200), answer
        assert (answer["name"], answer["value"]) == ("maxLossAmount", 250.5)
        assert answer["overrides"] == {"risk": {"max_loss_usd": 250.5}}
        assert (await read(client))["value"] == 100.0
        assert (await read(client, symbol="btcusdt"))["value"] == 250.5
        assert (await client.put(MAX_LOSS, data="null")).status == 200
        assert (await read(client))["value"] is None
        assert (await read(client, symbol="BTCUSDT"))["value"] == 250.5
    version, _ = await version_of_a_worker(settings, "BTCUSDT")
    assert version == answer["settings_version"]


async def test_a_greatest_loss_that_is_none_is_refused_with_the_cure(settings: Settings) -> None:
    async with served(settings) as client:
        for body in ("0", "-5", '"much"', "true", "[100]", "1e13", '"nan"', "1" * 400):
            answer = await client.put(MAX_LOSS, data=body)
            error = (await answer.json())["error"]
            assert answer.status == 422, (body, error)
            assert "risk.max_loss_usd" in error
            assert "give USD as a finite number above 0, or null" in error
            assert "\n" not in error
        answer = await client.put(MAX_LOSS, params={"symbol": "BTCUSTD"}, json=5)
        assert answer.status == 404
        wrong = {"Authorization": "Bearer guess"}
        assert (await client.put(MAX_LOSS, json=5, headers=wrong)).status == 401
    assert await said(settings) == []


async def test_a_change_that_workers_refuse_is_neither_shown_nor_in_the_way(
    settings: Settings,
) -> None:
    """Written to the topic by another program, or by an earlier version that stored inf as null."""
    overrides: list[dict[str, Any]] = [{"multiple": None}, {"multiple": "1e400"}, {"gone": 1}]
    params = {"symbol": "BTCUSDT"}
    async with served(settings) as client:
        for threshold in overrides:
            for symbol in ("*", "BTCUSDT"):
                change = change_of(settings, symbol, {"threshold": threshold}, 0)
                await control(settings).write([change])
                answer = await client.get(MULTIPLE, params=params)
                assert answer.status == 200, await answer.text()
                assert (await answer.json())["value"] == settings.engine.threshold.multiple
        answer = await client.put(IMPACT, params=params, json=0.3)
        assert answer.status == 200, await answer.text()
        assert (await answer.json())["overrides"] == {"classify": {"impact_ratio": 0.3}}


async def test_a_broker_that_is_away_is_a_503(settings: Settings) -> None:
    away = settings.model_copy(update={"kafka": KafkaSettings(brokers="127.0.0.1:9")})
    async with served(away) as client:
        answer = await client.put(MULTIPLE, params={"symbol": "*"}, json=6)
        assert answer.status == 503
        assert "no Kafka broker is reachable" in (await answer.json())["error"]
