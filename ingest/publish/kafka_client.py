"""Creates and checks the publisher's Kafka producer."""

from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition

from ingest.errors import IngestError
from ingest.publish.record_values import WRITTEN
from schemas.kafka.admin import check_partitions
from schemas.kafka.client_options import client_options
from schemas.kafka.compression import producer_codec
from schemas.kafka.errors import TopicError
from schemas.kafka.partitioner import KeyPartitioner
from schemas.settings import KafkaSettings
from schemas.topics import WATCHLIST

REQUEST_TIMEOUT_MS: Final = 10_000
"""Request timeout before a retry; the producer itself never gives up."""


def new_producer(settings: KafkaSettings) -> AIOKafkaProducer:
    """Return an idempotent producer that is not connected yet."""
    return AIOKafkaProducer(
        **client_options(settings),
        client_id="wallwatch-ingest",
        enable_idempotence=True,
        acks="all",
        compression_type=producer_codec(settings),
        linger_ms=settings.linger_ms,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        partitioner=KeyPartitioner(),
    )


async def check_topics(producer: AIOKafkaProducer, settings: KafkaSettings) -> list[TopicPartition]:
    """Return the partitions that ingest writes to. Raises IngestError where a topic does not match
    the settings."""
    cluster = await producer.client.fetch_all_metadata()
    present = cluster.topics(exclude_internal_topics=False)
    numbers = {name: cluster.partitions_for_topic(name) or set() for name in present}
    counts = {name: len(found) for name, found in numbers.items()}
    try:
        check_partitions(counts, (*WRITTEN, WATCHLIST), settings)
    except TopicError as error:
        raise IngestError(str(error)) from None
    return [TopicPartition(topic.name, n) for topic in WRITTEN for n in sorted(numbers[topic.name])]
