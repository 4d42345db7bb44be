"""Consumers end cleanly although their broker has gone, and rest while there is nothing."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest

from compose.brokers.noida import NoidaBroker
from schemas.kafka.admin import ensure_topics
from schemas.kafka.client_internals import FETCH_PAUSE_S
from schemas.kafka.consumer import ClosingConsumer
from schemas.kafka.reader import FOLLOW_PAUSE_S
from schemas.settings import KafkaSettings
from schemas.topics import DEPTH, WATCHLIST
from tests.support.ingesting.service import until

LONG_MS = 60_000
WAIT_S = 10.0


async def _while_a_retry_waits(folder: Path, caplog: pytest.LogCaptureFixture) -> ClosingConsumer:
    # The command silences the library for its own process, which may be this one.
    caplog.set_level("WARNING", logger="aiokafka")
    broker = NoidaBroker(folder / "data", folder)
    address = await broker.start()
    try:
        await ensure_topics(KafkaSettings(brokers=address))
        consumer = ClosingConsumer(
            bootstrap_servers=address, auto_offset_reset="earliest", retry_backoff_ms=LONG_MS
        )
        await consumer.start()
        consumer.assign([TopicPartition(WATCHLIST.name, 0)])
        assert await consumer.getmany(timeout_ms=100) == {}
    finally:
        await broker.stop()
    await until(lambda: "Failed fetch messages" in caplog.text, WAIT_S)
    return consumer


async def test_a_consumer_whose_broker_has_gone_ends_without_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    consumer = await _while_a_retry_waits(tmp_path, caplog)
    await asyncio.wait_for(consumer.stop(), WAIT_S)


async def test_who_is_cancelled_while_it_ends_stays_cancelled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    consumer = await _while_a_retry_waits(tmp_path, caplog)

    async def cancelled_in_stop() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await consumer.stop()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.create_task(cancelled_in_stop()), WAIT_S)


async def test_a_service_stopped_by_cancelling_closes_its_consumer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    consumer = await _while_a_retry_waits(tmp_path, caplog)
    serving, closed = asyncio.Event(), asyncio.Event()

    async def service() -> None:
        try:
            serving.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await consumer.stop()
            closed.set()

    task = asyncio.create_task(service())
    await serving.wait()
    task.cancel()
    await asyncio.wait_for(task, WAIT_S)
    assert closed.is_set()


@pytest.mark.parametrize("pause_s", [FETCH_PAUSE_S, FOLLOW_PAUSE_S])
async def test_an_idle_consumer_rests_and_hears_news_at_once(
    noida_kafka: str, monkeypatch: pytest.MonkeyPatch, pause_s: float
) -> None:
    fetches = 0
    send = AIOKafkaClient.send

    async def counted(client: Any, node_id: int, request: Any, **options: Any) -> Any:
        nonlocal fetches
        fetches += isinstance(request, FetchRequest)
        return await send(client, node_id, request, **options)

    monkeypatch.setattr(AIOKafkaClient, "send", counted)
    await ensure_topics(KafkaSettings(brokers=noida_kafka, partitions=1))
    loop = asyncio.get_running_loop()
    producer = AIOKafkaProducer(bootstrap_servers=noida_kafka)
    async with (
        ClosingConsumer(
            bootstrap_servers=noida_kafka, auto_offset_reset="latest", fetch_pause_s=pause_s
        ) as consumer,
        producer,
    ):
        consumer.assign([TopicPartition(DEPTH.name, 0)])
        await consumer.seek_to_end()
        assert await consumer.getmany(timeout_ms=100) == {}
        before, began_s = fetches, loop.time()
        assert await consumer.getmany(timeout_ms=1_000) == {}
        assert 0 < fetches - before <= (loop.time() - began_s) / pause_s + 1
        sending = asyncio.create_task(producer.send_and_wait(DEPTH.name, b"news", partition=0))
        async with asyncio.timeout(WAIT_S):
            record = await consumer.getone()
        assert record.value == b"news"
        await sending
