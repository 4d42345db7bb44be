"""Who is in a consumer group."""

from __future__ import annotations

from schemas.kafka.admin import connected
from schemas.settings import KafkaSettings


async def client_ids(settings: KafkaSettings, group: str) -> list[str]:
    """Return what the members of a group call themselves. Raises TopicError."""
    async with connected(settings) as admin:
        answers = await admin.describe_consumer_groups([group])
    # Of each group: error, name, state, protocol type, protocol, members; of each of those its id,
    # what it calls itself, and more.
    return [
        str(member[1])
        for answer in answers
        for described in answer.groups
        if described[1] == group
        for member in described[5]
    ]
