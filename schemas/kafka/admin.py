"""Creates the topics of the topic table."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.kafka.client_options import client_options
from schemas.settings import KafkaSettings
from schemas.topics import ALL_TOPICS, Topic


class TopicError(Exception):
    """Topics are missing, have another shape or cannot be made; one line names the cure."""


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
    if topic.partitioned and settings.retention_bytes >= 0:
        configuration["retention.bytes"] = str(settings.retention_bytes)
    return configuration


async def ensure_topics(settings: KafkaSettings) -> list[str]:
    """Create the topics that are missing and return their names. Raises TopicError."""
    admin = AIOKafkaAdminClient(**client_options(settings), client_id="wallwatch-topics")
    try:
        await admin.start()
        try:
            return await _ensure(admin, settings)
        finally:
            await admin.close()
    except (KafkaError, OSError) as error:
        raise TopicError(f"topics at {settings.brokers} cannot be created: {error}") from None


async def _ensure(admin: AIOKafkaAdminClient, settings: KafkaSettings) -> list[str]:
    present = set(await admin.list_topics())
    missing = [topic for topic in ALL_TOPICS if topic.name not in present]
    if missing:
        response = await admin.create_topics(
            [
                NewTopic(
                    topic.name,
                    topic.partition_count(settings.partitions),
                    settings.replication,
                    topic_configs=topic_configuration(topic, settings),
                )
                for topic in missing
            ]
        )
        for name, code, message in response.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                reason = message or for_code(code).__name__
                raise TopicError(f"topic {name} at {settings.brokers}: {reason}")
    await _check_partitions(admin, settings, [t for t in ALL_TOPICS if t.name in present])
    return [topic.name for topic in missing]


async def _check_partitions(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, topics: list[Topic]
) -> None:
    if not topics:
        return
    by_name = {topic.name: topic for topic in topics}
    for found in await admin.describe_topics(list(by_name)):
        expected = by_name[found["topic"]].partition_count(settings.partitions)
        if len(found["partitions"]) != expected:
            raise TopicError(
                f"topic {found['topic']} at {settings.brokers} has {len(found['partitions'])} "
                f"partitions, the setting kafka.partitions asks for {expected}: set it to the "
                "topic's count, or use another broker or data dir"
            )
