"""Checks that the topics are as the settings say before anything reads them."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from processors.errors import WorkerError
from schemas.kafka.client_options import client_options
from schemas.settings import KafkaSettings
from schemas.topics import ALL_TOPICS


async def check_topics(settings: KafkaSettings) -> None:
    """Raise WorkerError when no broker answers or a topic is missing or has another shape.

    Faust would create a missing topic with its own defaults, and key `venue:symbol` would then be
    on different partitions in different topics.
    """
    admin = AIOKafkaAdminClient(**client_options(settings), client_id="wallwatch-worker")
    try:
        await admin.start()
        present = set(await admin.list_topics())
        described = await admin.describe_topics(sorted(present))
    except KafkaError as error:
        raise WorkerError(
            f"no answer from Kafka at {settings.brokers} ({error}): "
            "start the broker or set kafka.brokers"
        ) from error
    finally:
        await admin.close()
    counts = {found["topic"]: len(found["partitions"]) for found in described}
    for topic in ALL_TOPICS:
        expected = topic.partition_count(settings.partitions)
        count = counts.get(topic.name)
        if count is None:
            raise WorkerError(
                f"topic {topic.name} does not exist at {settings.brokers}: "
                "create the topics with `wallwatch topics --create`"
            )
        if count != expected:
            raise WorkerError(
                f"topic {topic.name} has {count} partitions, kafka.partitions asks for {expected}: "
                "set it to the topic's count, or use another broker"
            )
