"""How much the embedded broker keeps: all of it is written anew each second."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
RETENTION: Final[int] = NOIDA_KAFKA["retention_bytes"]
SIGNALS_RETENTION: Final[int] = NOIDA_KAFKA["signals_retention_bytes"]
SEGMENT: Final[int] = NOIDA_KAFKA["segment_bytes"]
JSON_BYTES: Final = 4
"""Of a byte in the broker's file, which has each as a number: some 3.6."""


@asynccontextmanager
async def embedded_broker(folder: Path) -> AsyncIterator[str]:
    """Run one with the topics of a stack, its data in `folder / "data"`; gives its address."""
    broker = NoidaBroker(folder / "data", folder)
    try:
        kafka = KafkaSettings(brokers=await broker.start(), **NOIDA_KAFKA)
        await ensure_topics(kafka)
        yield kafka.brokers
    finally:
        await broker.stop()


@pytest.mark.parametrize(
    ("topic", "bound"),
    [(DEPTH, RETENTION), (STATUS, RETENTION), (BOOK, SIGNALS_RETENTION)],
    ids=["depth", "status", "book"],
)
async def test_market_records_are_kept_longer_than_signals(
    tmp_path: Path, topic: Topic, bound: int
) -> None:
    place = TopicPartition(topic.name, 0)
    async with (
        embedded_broker(tmp_path) as brokers,
        AIOKafkaProducer(bootstrap_servers=brokers) as producer,
        AIOKafkaConsumer(bootstrap_servers=brokers) as consumer,
        asyncio.timeout(DEADLINE_S),
    ):
        for _ in range(SENT):
            await producer.send_and_wait(topic.name, os.urandom(RECORD_BYTES), partition=0)
        kept = SENT * RECORD_BYTES
        while kept > bound + 2 * SEGMENT:
            await asyncio.sleep(0.1)
            begin = (await consumer.beginning_offsets([place]))[place]
            kept = (SENT - begin) * RECORD_BYTES
    assert kept >= bound - SEGMENT


async def test_the_file_of_the_embedded_broker_stays_small(tmp_path: Path) -> None:
    data = tmp_path / "data" / "kafka.json"
    most = JSON_BYTES * (RETENTION + 2 * SEGMENT)
    async with (
        embedded_broker(tmp_path) as brokers,
        AIOKafkaProducer(bootstrap_servers=brokers) as producer,
        asyncio.timeout(DEADLINE_S),
    ):
        for _ in range(500):
            # Random bytes, which no compression makes smaller: 10 MB, 15 times what is kept.
            await producer.send_and_wait(DEPTH.name, os.urandom(20_000), partition=0)
        while not (data.exists() and data.stat().st_size < most):
            # The file is written anew after a change only.
            await producer.send_and_wait(DEPTH.name, b"change", partition=0)
            await asyncio.sleep(0.1)
    assert 200_000 < data.stat().st_size < most
