"""How many records the topics took, counted at the broker."""

from __future__ import annotations

from typing import Final

from aiokafka import TopicPartition

from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.settings import KafkaSettings
from schemas.topics import ALL_TOPICS

REQUEST_TIMEOUT_MS: Final = 60_000
"""A broker that was just started elects the leaders of new topics; on a busy machine that takes a
while, and until then it does not tell."""


async def topic_counts(settings: KafkaSettings) -> dict[str, int]:
    """Return the sum of the partitions' end offsets by topic.

    Nothing is written in transactions, so this is the number of records ever written. Raises
    aiokafka.errors.KafkaError.
    """
    consumer = ClosingConsumer(**client_options(settings), request_timeout_ms=REQUEST_TIMEOUT_MS)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topic.name, number)
            for topic in ALL_TOPICS
            for number in range(topic.partition_count(settings.partitions))
        ]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    counts = dict.fromkeys((topic.name for topic in ALL_TOPICS), 0)
    for partition, end in ends.items():
        counts[partition.topic] += end
    return counts
