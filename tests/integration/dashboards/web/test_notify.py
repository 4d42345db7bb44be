"""Alerts that are written to the store arrive at a real receiver, once, through its troubles."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from dashboards.notify.delivery import QUEUE_LIMIT
from dashboards.notify.service import Notifier
from dashboards.reader import StoreReader
from schemas.settings import ClickHouseSettings, NotifySettings
from schemas.signals import Alert
from tests.support.markets.records import START_MS, as_bytes, signal
from tests.support.processing.sink import started_sink
from tests.support.servers.clickhouse_server import unique_database

DEADLINE_S = 30.0
Answer = Callable[[int], web.Response]
Write = Callable[..., Awaitable[None]]


class Receiver:
    """A webhook that answers what a test wants; `answer` is given the number of the request."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.times_s: list[float] = []
        self.answer: Answer = lambda _: web.Response(status=204)
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.times_s.append(time.monotonic())
        return self.answer(len(self.bodies))

    def told(self) -> list[str]:
        return [body["event_id"] for body in self.bodies]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook/secret-path", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/secret-path"
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def chdb_store(chdb_url: str) -> ClickHouseSettings:
    return ClickHouseSettings(url=chdb_url, database=unique_database())


@pytest.fixture
async def write(chdb_store: ClickHouseSettings) -> AsyncIterator[Write]:
    sink = await started_sink(chdb_store)
    offset = -1

    async def add(*names: str, age_s: float = 0.0, **fields: Any) -> None:
        nonlocal offset
        received_us = round((time.time() - age_s) * 1e6)
        for name in names:
            offset += 1
            values = {"rule": name.rstrip("0123456789"), **fields}
            received_us += 1
            record = signal(Alert, event_id=name, received_us=received_us, **values)
            await sink.add("signals.alerts", 0, offset, as_bytes(record), received_us)
        await sink.flush()

    yield add
    await sink.stop()


@asynccontextmanager
async def telling(store: ClickHouseSettings, url: str, **settings: Any) -> AsyncIterator[Notifier]:
    values: dict[str, Any] = {
        "cooldown_s": 0.0,
        "poll_s": 0.1,
        "backoff_s": 0.05,
        "rules": ("trap", "swan", "feed"),
        **settings,
    }
    reader = StoreReader(store)
    notifier = Notifier(NotifySettings(url=SecretStr(url), **values), reader)
    notifier.start()
    try:
        yield notifier
    finally:
        await notifier.stop()
        await reader.close()


async def until(condition: Callable[[], bool], explain: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, explain()
        await asyncio.sleep(0.02)


async def test_new_alerts_are_told_once_and_old_ones_never(
    chdb_store: ClickHouseSettings, write: Write, receiver: Receiver
) -> None:
    await write("feed1", age_s=3_600)
    await write("swan1", age_s=5)
    async with telling(chdb_store, receiver.url) as notifier:
        await until(lambda: receiver.told() == ["swan1"], receiver.told)
        await write("trap1", event_time=START_MS)
        await until(lambda: "trap1" in receiver.told(), receiver.told)
        await write("trap1", event_time=START_MS)
        await write("feed2", event_time=START_MS + 1)
        await until(lambda: "feed2" in receiver.told(), receiver.told)
        # It is counted when the receiver's answer is there.
        await until(lambda: notifier.status()["sent"] == 3, notifier.status)
        assert notifier.status()["to"] == "127.0.0.1"
    assert receiver.told() == ["swan1", "trap1", "feed2"]
    assert receiver.bodies[1]["evidence"] == {"price": 60_000.5}


async def test_a_receiver_in_trouble_is_tried_again_and_gets_everything_in_order(
    chdb_store: ClickHouseSettings, write: Write, receiver: Receiver
) -> None:
    def answer(number: int) -> web.Response:
        if number == 1:
            return web.Response(status=500)
        if number == 2:
            return web.Response(status=429, headers={"Retry-After": "0.4"})
        return web.Response()

    receiver.answer = answer
    async with telling(chdb_store, receiver.url) as notifier:
        await write("trap1", "swan1")
        await until(lambda: notifier.status()["sent"] == 2, notifier.status)
        assert notifier.status()["retries"] == 2
        assert notifier.status()["last_error"] is None
    assert receiver.told() == ["trap1", "trap1", "trap1", "swan1"]
    assert receiver.times_s[2] - receiver.times_s[1] >= 0.4


async def test_a_refusal_is_final_and_says_so_without_the_secret(
    chdb_store: ClickHouseSettings,
    write: Write,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver.answer = lambda number: web.Response(status=403 if number == 1 else 200)
    async with telling(chdb_store, receiver.url) as notifier:
        await write("trap1", "swan1")
        await until(lambda: notifier.status()["sent"] == 1, notifier.status)
        assert notifier.status()["failed"] == 1
    assert receiver.told() == ["trap1", "swan1"]
    assert "127.0.0.1: the receiver answered 403" in caplog.text
    assert "secret-path" not in caplog.text


async def test_a_receiver_that_is_away_loses_the_oldest_and_blocks_nothing(
    chdb_store: ClickHouseSettings, write: Write
) -> None:
    extra = 7
    names = [f"trap{number}" for number in range(QUEUE_LIMIT + 1 + extra)]
    away = {"attempts": 20, "backoff_s": 60.0}
    async with telling(chdb_store, "http://127.0.0.1:9/", **away) as notifier:
        await write(names[0])
        await until(lambda: notifier.status()["retries"] == 1, notifier.status)
        await write(*names[1:])
        await until(lambda: notifier.status()["dropped"] == extra, notifier.status)
        assert notifier.status()["waiting"] == QUEUE_LIMIT
        began = time.monotonic()
    assert time.monotonic() - began < 2.0


async def test_a_store_that_is_away_is_waited_for_and_told_of_once(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    reader = StoreReader(ClickHouseSettings(url="http://127.0.0.1:9"))
    looks = 0

    def wall_s() -> float:
        nonlocal looks
        looks += 1
        return time.time()

    settings = NotifySettings(url=SecretStr(receiver.url), poll_s=0.1)
    notifier = Notifier(settings, reader, wall_s=wall_s)
    notifier.start()
    await until(lambda: looks >= 4, lambda: looks)
    await notifier.stop()
    await reader.close()
    assert caplog.text.count("notifications are delayed") == 1
    assert receiver.bodies == []
