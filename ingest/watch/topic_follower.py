"""Follows a topic for what may help and need not come: ingest also works without it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import msgspec
from aiokafka.errors import KafkaError

from ingest.errors import UNREADABLE
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.kafka.reader import FETCH_WAIT_MS, FOLLOW_PAUSE_S
from schemas.settings import KafkaSettings
from schemas.topics import Topic

logger = logging.getLogger(__name__)

RETRY_S: Final = 5.0

T = TypeVar("T")


class TopicFollower(Generic[T]):
    """Hands on what is written to all partitions of a topic, without a consumer group. What cannot
    be read is logged and left out."""

    def __init__(
        self,
        settings: KafkaSettings,
        topic: Topic,
        client_id: str,
        fields: type[T],
        take: Callable[[T], None],
        past: int = 0,
    ) -> None:
        """`take` gets the `fields` of each value, a msgspec struct; `past`: newest records of each
        partition that are read at the start."""
        self._settings = settings
        self._topic = topic
        self._client_id = client_id
        self._decode = msgspec.json.Decoder(fields).decode
        self._take = take
        self._past = past
        self._reads = True
        """False after a failure, which is logged once, until the topic is readable again."""

    async def follow(self) -> None:
        """Read until cancelled; retries while the broker is unavailable."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                if self._reads:
                    logger.warning("topic %s cannot be read: %r", self._topic.name, error)
                self._reads = False
            await asyncio.sleep(RETRY_S)

    async def _read(self) -> None:
        consumer = ClosingConsumer(
            self._topic.name,
            **client_options(self._settings),
            client_id=self._client_id,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            fetch_pause_s=FOLLOW_PAUSE_S,
        )
        try:
            await consumer.start()
            partitions = consumer.assignment()
            starts = await consumer.beginning_offsets(partitions)
            for partition, end in (await consumer.end_offsets(partitions)).items():
                consumer.seek(partition, max(starts[partition], end - self._past))
            self._reads = True
            while True:
                for batch in (await consumer.getmany(timeout_ms=FETCH_WAIT_MS)).values():
                    for record in batch:
                        self._read_value(record.value)
        finally:
            await consumer.stop()

    def _read_value(self, value: bytes | None) -> None:
        try:
            fields = self._decode(value or b"")
        except UNREADABLE as error:
            logger.warning("topic %s: not a record of it: %s", self._topic.name, error)
            return
        self._take(fields)
