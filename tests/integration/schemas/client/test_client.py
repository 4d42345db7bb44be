"""Records come back as the models that were written, from the store and from the topics."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from aiohttp import web
from aiokafka import AIOKafkaProducer

from dashboards.web.app import create_app
from schemas.clickhouse.connect import connect
from schemas.client import AsyncClient, Client, ClientError
from schemas.client.views import VIEW_OF
from schemas.kafka.admin import ensure_topics
from schemas.record import Record
from schemas.settings import ClickHouseSettings, KafkaSettings, Settings
from schemas.signals import Alert, BookMetrics, FlowBar, LargeOrderEvent, OrderState, SmartMoney
from schemas.status import PipelineStatus
from schemas.topics import FLOW, LARGE_ORDERS, Topic
from tests.support.markets.demo_data import DemoStore, fill
from tests.support.markets.records import START_MS, as_bytes, order, signal
from tests.support.paths import REPOSITORY
from tests.support.reading.notebook import cells
from tests.support.servers.clickhouse_server import unique_database

WAIT_S = 20.0


@pytest.fixture(scope="module")
def demo(chdb_url: str) -> Iterator[DemoStore]:
    """An embedded store with a demo run; the engine is open for as long as a worker's is."""
    held = connect(ClickHouseSettings(url=chdb_url), create_database=True)
    yield fill(ClickHouseSettings(url=chdb_url, database=unique_database()))
    held.close()


async def pipeline_status() -> PipelineStatus:
    return PipelineStatus(ready=True, lag=0)


@pytest.fixture
async def page(demo: DemoStore) -> AsyncIterator[str]:
    """The address of the page of that store."""
    app = create_app(Settings(clickhouse=demo.settings), pipeline_status)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def publish(brokers: str, sent: Sequence[tuple[Topic, bytes]]) -> None:
    """Write values to the first partitions of their topics."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers)
    await producer.start()
    try:
        for topic, value in sent:
            await producer.send_and_wait(topic.name, value, partition=0)
    finally:
        await producer.stop()


@pytest.mark.parametrize("model", VIEW_OF, ids=lambda model: model.__name__)
async def test_every_view_is_read_as_its_model(page: str, model: type[Record]) -> None:
    found = await AsyncClient(page).read(model, limit=50)
    assert all(type(record) is model for record in found)
    if model in (LargeOrderEvent, FlowBar, BookMetrics, SmartMoney, Alert):
        assert found


async def test_rows_are_chosen_by_symbol_and_time(page: str, demo: DemoStore) -> None:
    client = AsyncClient(page)
    middle = demo.from_ms + 200_000
    bars = await client.read(FlowBar, symbol="btcusdt", from_ms=middle, to_ms=middle + 10_000)
    assert bars
    assert {bar.symbol for bar in bars} == {"BTCUSDT"}
    times = [bar.event_time for bar in bars]
    assert times == sorted(times)
    assert middle <= times[0] <= times[-1] < middle + 10_000
    assert await client.read(FlowBar, symbol="it's none") == []
    events = await client.read(LargeOrderEvent, limit=1_000)
    assert any(event.evidence for event in events)


async def test_walls_that_stand_and_those_that_stood(page: str) -> None:
    client = AsyncClient(page)
    standing = await client.walls()
    assert standing
    assert all(wall.state is not OrderState.CLOSED for wall in standing)
    every = await client.walls("BTCUSDT", standing=False)
    assert any(wall.state is OrderState.CLOSED for wall in every)
    (row,) = await client.sql("SELECT count() AS n FROM large_orders WHERE state != 'closed'")
    assert row == {"n": len(standing)}


async def test_the_documented_client_runs_in_a_thread(page: str) -> None:
    text = (REPOSITORY / "docs" / "library.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(from schemas.client import Client\n.*?)```", text, re.DOTALL)
    assert example is not None
    code = example[1].replace("http://127.0.0.1:8080", page)
    names: dict[str, Any] = {}
    await asyncio.to_thread(exec, compile(code, "library.md", "exec"), names)
    assert names["walls"]
    assert names["bars"]


async def test_the_notebook_runs(page: str, broker: str) -> None:
    await ensure_topics(KafkaSettings(brokers=broker))
    names: dict[str, Any] = {}
    done = asyncio.Event()

    async def published() -> None:
        # The notebook follows from its last step on, so events come until it has three.
        for number in itertools.takewhile(lambda _: not done.is_set(), itertools.count()):
            event = order("wall", number, first_seen=START_MS)
            await publish(broker, [(LARGE_ORDERS, as_bytes(event))])

    publishing = asyncio.create_task(published())
    try:
        for cell in cells(page, broker):
            await asyncio.wait_for(asyncio.to_thread(exec, cell, names), WAIT_S)
    finally:
        done.set()
        await publishing
    assert names["walls"]
    assert len(names["figure"].data) == 1 + len(names["past"])
    assert [type(event) for event in names["events"]] == [LargeOrderEvent] * 3


async def test_topics_are_followed_from_their_start_and_from_now(broker: str) -> None:
    await ensure_topics(KafkaSettings(brokers=broker))
    bar = signal(FlowBar, event_time=START_MS)
    opened, changed = order("wall", 0, first_seen=START_MS), order("wall", 1, first_seen=START_MS)
    await publish(
        broker,
        [(LARGE_ORDERS, as_bytes(opened)), (FLOW, as_bytes(bar)), (LARGE_ORDERS, b"no record")],
    )
    client = AsyncClient(kafka=broker)
    stream = client.follow(LargeOrderEvent, FlowBar, from_start=True)
    first = [await asyncio.wait_for(anext(stream), WAIT_S) for _ in range(2)]
    await stream.aclose()
    assert {type(record) for record in first} == {LargeOrderEvent, FlowBar}
    assert opened in first
    orders = client.follow(LargeOrderEvent, from_start=True)
    assert await asyncio.wait_for(anext(orders), WAIT_S) == opened
    await publish(broker, [(LARGE_ORDERS, as_bytes(changed))])
    assert await asyncio.wait_for(anext(orders), WAIT_S) == changed
    await orders.aclose()


async def test_the_sync_client_follows_as_well(broker: str) -> None:
    await ensure_topics(KafkaSettings(brokers=broker))
    sent = [order("wall", number, first_seen=START_MS) for number in range(3)]
    await publish(broker, [(LARGE_ORDERS, as_bytes(event)) for event in sent])

    def three() -> list[LargeOrderEvent]:
        with Client(kafka=broker) as client:
            stream = client.follow(LargeOrderEvent, from_start=True)
            found = [next(stream) for _ in sent]
        with pytest.raises(ClientError, match="the client is closed"):
            next(stream)
        assert "wallwatch-client" not in {thread.name for thread in threading.enumerate()}
        return found

    assert await asyncio.wait_for(asyncio.to_thread(three), WAIT_S) == sent


async def test_what_cannot_be_done_names_the_cure(page: str, broker: str) -> None:
    with pytest.raises(ClientError, match="start `wallwatch up`"):
        await AsyncClient("http://127.0.0.1:9").walls()
    with pytest.raises(ClientError, match="expected http"):
        AsyncClient("127.0.0.1:8080")
    with pytest.raises(ClientError, match="reading needs the page"):
        await AsyncClient(kafka=broker).walls()
    with pytest.raises(ClientError, match="following needs the broker"):
        AsyncClient(page).follow(FlowBar)
    with pytest.raises(ClientError, match="expected 1 to 1000"):
        await AsyncClient(page).read(FlowBar, limit=5_000)
    with pytest.raises(ClientError, match="no view holds Record"):
        await AsyncClient(page).read(Record)
    with pytest.raises(ClientError, match="read"):
        await AsyncClient(page).sql("DROP TABLE flow_rows")
    with pytest.raises(ClientError, match=r"has no topic signals\.flow"):
        await anext(AsyncClient(kafka=broker).follow(FlowBar))
    with pytest.raises(ClientError, match="does not answer"):
        await anext(AsyncClient(kafka="127.0.0.1:9").follow(FlowBar))
    with Client("http://127.0.0.1:9") as client, pytest.raises(ClientError, match="no answer"):
        client.sql("SELECT 1")
