"""Reads a topic to its end, and follows it from there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.kafka.client_internals import FETCH_PAUSE_S
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.settings import KafkaSettings
from schemas.topics import Topic

FETCH_WAIT_MS: Final = 500
"""How long a broker holds a request that has nothing to bring; new records come at once."""

FOLLOW_PAUSE_S: Final = 0.1
"""Between two fetches of a reader whose news are rare and may come so much later. The embedded
broker answers each at once, and it costs both sides as much as a few records do."""


async def read_until(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]
) -> AsyncIterator[ConsumerRecord]:
    """Give the records from the consumer's positions up to the offsets `ends`, exclusive.

    Partitions follow one another; within one, records come in their order. Raises
    aiokafka.errors.KafkaError.
    """
    for partition, end in ends.items():
        while await consumer.position(partition) < end:
            batches = await consumer.getmany(partition, timeout_ms=FETCH_WAIT_MS)
            for record in batches.get(partition, ()):
                yield record


class TopicReader:
    """Follows a topic of one partition from its beginning, without a consumer group.

    For control topics: they are compacted, so their whole content is small.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topic: Topic,
        client_id: str,
        fetch_pause_s: float = FETCH_PAUSE_S,
    ) -> None:
        """Connects only in `start`. `fetch_pause_s`: between the beginnings of two fetches."""
        self._partition = TopicPartition(topic.name, 0)
        self._consumer = ClosingConsumer(
            **client_options(settings),
            client_id=client_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            fetch_pause_s=fetch_pause_s,
        )

    async def start(self) -> list[ConsumerRecord]:
        """Connect and return every record so far, the oldest first.

        Raises aiokafka.errors.KafkaError; `stop` must be called in any case.
        """
        await self._consumer.start()
        self._consumer.assign([self._partition])
        await self._consumer.seek_to_beginning(self._partition)
        return await self.catch_up()

    async def catch_up(self) -> list[ConsumerRecord]:
        """Return what was written since the last read, up to now. Raises KafkaError."""
        ends = await self._consumer.end_offsets([self._partition])
        return [record async for record in read_until(self._consumer, ends)]

    async def next(self) -> list[ConsumerRecord]:
        """Wait for new records and return them; empty on timeout. Raises KafkaError."""
        batches = await self._consumer.getmany(self._partition, timeout_ms=FETCH_WAIT_MS)
        return list(batches.get(self._partition, ()))

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()
