"""Consumers end cleanly although their broker has gone."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from compose.brokers.noida import NoidaBroker
from compose.topics import ensure_topics
from schemas.kafka_consumer import ClosingConsumer
from schemas.settings import KafkaSettings
from schemas.topics import WATCHLIST
from tests.support.ingesting import until

LONG_MS = 60_000
WAIT_S = 10.0


async def _while_a_retry_waits(folder: Path, caplog: pytest.LogCaptureFixture) -> ClosingConsumer:
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
