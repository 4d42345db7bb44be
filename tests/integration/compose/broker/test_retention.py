"""How much the embedded broker keeps: all of it is written anew each second."""

import asyncio
import os
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from compose.brokers.noida import NoidaBroker
from compose.stack.plan import NOIDA_KAFKA
from schemas.kafka.admin import ensure_topics
from schemas.settings import KafkaSettings
from schemas.topics import BOOK, DEPTH, STATUS, Topic

RECORD_BYTES: Final = 4_000
SENT: Final = 400
DEADLINE_S: Final = 30.0


async def kept_bytes(brokers: str, topic: Topic, most: int) -> int:
    """Fill a partition beyond what is kept; return what stays of it once old segments are gone."""
    place = TopicPartition(topic.name, 0)
    async with (
        AIOKafkaProducer(bootstrap_servers=brokers) as producer,
        AIOKafkaConsumer(bootstrap_servers=brokers) as consumer,
        asyncio.timeout(DEADLINE_S),
    ):
        for _ in range(SENT):
            await producer.send_and_wait(topic.name, os.urandom(RECORD_BYTES), partition=0)
        while True:
            begin: int = (await consumer.beginning_offsets([place]))[place]
            kept = (SENT - begin) * RECORD_BYTES
            if kept <= most:
                return kept
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("topic", [DEPTH, STATUS], ids=lambda topic: topic.name)
async def test_what_a_restarted_worker_reads_again_is_kept_longer(
    topic: Topic, tmp_path: Path
) -> None:
    broker = NoidaBroker(tmp_path / "broker", tmp_path)
    kafka = KafkaSettings(brokers=await broker.start(), **NOIDA_KAFKA)
    try:
        await ensure_topics(kafka)
        segment = NOIDA_KAFKA["segment_bytes"]
        kept = await kept_bytes(kafka.brokers, topic, kafka.retention_bytes + 2 * segment)
        assert kept >= kafka.retention_bytes - segment
    finally:
        await broker.stop()


async def test_signals_are_kept_until_they_are_stored(tmp_path: Path) -> None:
    broker = NoidaBroker(tmp_path / "broker", tmp_path)
    kafka = KafkaSettings(brokers=await broker.start(), **NOIDA_KAFKA)
    assert kafka.signals_retention_bytes is not None
    try:
        await ensure_topics(kafka)
        segment = NOIDA_KAFKA["segment_bytes"]
        kept = await kept_bytes(kafka.brokers, BOOK, kafka.signals_retention_bytes + 2 * segment)
        assert kept >= kafka.signals_retention_bytes - segment
    finally:
        await broker.stop()
