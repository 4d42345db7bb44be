"""Follows a topic for what may help and need not come: ingest also works without it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from aiokafka.errors import KafkaError

from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.kafka.reader import FETCH_WAIT_MS, FOLLOW_PAUSE_S
from schemas.settings import KafkaSettings
from schemas.topics import Topic

logger = logging.getLogger(__name__)

RETRY_S: Final = 5.0


class TopicFollower:
    """Hands on what is written to all partitions of a topic, without a consumer group."""

    def __init__(
        self,
        settings: KafkaSettings,
        topic: Topic,
        client_id: str,
        take: Callable[[bytes | None], None],
        past: int = 0,
    ) -> None:
        """`take` gets each value; `past`: newest records of each partition read at the start."""
        self._settings = settings
        self._topic = topic
        self._client_id = client_id
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
                        self._take(record.value)
        finally:
            await consumer.stop()
