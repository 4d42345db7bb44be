"""Creates the topics of the topic table and checks that they are as the settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.kafka.client_options import client_options
from schemas.kafka.errors import TopicError
from schemas.settings import KafkaSettings
from schemas.topics import ALL_TOPICS, SIGNALS, Topic


def topic_configuration(topic: Topic, settings: KafkaSettings) -> dict[str, str]:
    """Return the broker-side configuration of a topic."""
    configuration = {}
    if settings.segment_bytes is not None:
        configuration["segment.bytes"] = str(settings.segment_bytes)
    if topic.compacted:
        return {"cleanup.policy": "compact", **configuration}
    retention_ms = topic.retention_ms
    if topic.partitioned and settings.retention_ms is not None:
        retention_ms = settings.retention_ms
    configuration |= {"cleanup.policy": "delete", "retention.ms": str(retention_ms)}
    most_bytes = settings.retention_bytes
    if topic in SIGNALS and settings.signals_retention_bytes is not None:
        most_bytes = settings.signals_retention_bytes
    if topic.partitioned and most_bytes >= 0:
        configuration["retention.bytes"] = str(most_bytes)
    return configuration


def check_partitions(
    counts: Mapping[str, int], topics: Iterable[Topic], settings: KafkaSettings
) -> None:
    """Compare the partition counts of a broker, by topic name, with what the settings ask for.

    A key `venue:symbol` must be on the same partition of every topic, so a topic of another shape
    is no topic of ours. Raises TopicError.
    """
    for topic in topics:
        count, expected = counts.get(topic.name), topic.partition_count(settings.partitions)
        if count is None:
            raise TopicError(
                f"kafka broker {settings.brokers} has no topic {topic.name}: "
                "create the topics with `wallwatch topics --create`"
            )
        if count != expected:
            raise TopicError(
                f"topic {topic.name} at {settings.brokers} has {count} partitions, "
                f"kafka.partitions asks for {expected}: set it to the topic's count, or use "
                "another broker or data dir"
            )


async def check_topics(settings: KafkaSettings) -> None:
    """Check every topic of the table. Raises TopicError, also where no broker answers."""
    async with connected(settings) as admin:
        check_partitions(await _partition_counts(admin), ALL_TOPICS, settings)


async def ensure_topics(settings: KafkaSettings) -> list[str]:
    """Create the topics that are missing and return their names. Raises TopicError."""
    async with connected(settings) as admin:
        present = await _partition_counts(admin)
        check_partitions(present, [t for t in ALL_TOPICS if t.name in present], settings)
        missing = [topic for topic in ALL_TOPICS if topic.name not in present]
        if missing:
            await _create(admin, missing, settings)
        return [topic.name for topic in missing]


@asynccontextmanager
async def connected(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give an admin client. Raises TopicError where the broker does not answer."""
    admin = AIOKafkaAdminClient(**client_options(settings), client_id="wallwatch-topics")
    try:
        await admin.start()
        yield admin
    except (KafkaError, OSError) as error:
        raise TopicError(
            f"no answer from Kafka at {settings.brokers} ({error}): "
            "start the broker or set kafka.brokers"
        ) from error
    finally:
        await admin.close()


async def _partition_counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Return the partition count of every topic that the broker has."""
    names = sorted(await admin.list_topics())
    found = await admin.describe_topics(names) if names else []
    return {topic["topic"]: len(topic["partitions"]) for topic in found}


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic], settings: KafkaSettings) -> None:
    response = await admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partition_count(settings.partitions),
                settings.replication,
                topic_configs=topic_configuration(topic, settings),
            )
            for topic in topics
        ]
    )
    for name, code, message in response.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            reason = message or for_code(code)()
            raise TopicError(f"topic {name} at {settings.brokers}: {reason}")
