"""Follows topics without a consumer group, so that nobody else's place changes."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from typing import Any, Final, TypeVar

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas.client.errors import ClientError
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.market import FeedStatus, OpenInterest, Trades
from schemas.record import Record
from schemas.settings import KafkaSettings
from schemas.topics import OPEN_INTEREST, STATUS, TOPIC_OF_SIGNAL, TRADES, Topic

R = TypeVar("R", bound=Record)

TOPIC_OF: Final[dict[type[Any], Topic]] = {
    **TOPIC_OF_SIGNAL,
    Trades: TRADES,
    OpenInterest: OPEN_INTEREST,
    FeedStatus: STATUS,
}
logger = logging.getLogger(__name__)

WAIT_MS: Final = 500
"""How long a fetch waits for new records; they come at once."""


def topics_of(models: tuple[type[Record], ...]) -> dict[str, Topic]:
    """Return the topics that carry the models, by name. Raises ClientError."""
    for model in models:
        if model not in TOPIC_OF:
            known = ", ".join(sorted(one.__name__ for one in TOPIC_OF))
            raise ClientError(f"no topic carries {model.__name__}; known are {known}")
    if not models:
        raise ClientError("name the models to follow, such as LargeOrderEvent")
    return {TOPIC_OF[model].name: TOPIC_OF[model] for model in models}


async def followed(
    settings: KafkaSettings, models: tuple[type[R], ...], *, from_start: bool
) -> AsyncGenerator[R, None]:
    """Give the records of the models as they are published; of one symbol in their order.

    `from_start`: everything that the topics still hold first; otherwise what is new from the first
    step on. A value that is none of its topic's is logged and left out. Raises ClientError.
    """
    topics = topics_of(models)
    consumer = ClosingConsumer(
        **client_options(settings), enable_auto_commit=False, fetch_max_wait_ms=WAIT_MS
    )
    try:
        await consumer.start()
        present = await consumer.topics()
        if missing := sorted(topics.keys() - present):
            raise ClientError(
                f"the broker {settings.brokers} has no topic {missing[0]}: is it that of "
                "`wallwatch up`? `wallwatch topics --create` makes the topics"
            )
        partitions = [
            TopicPartition(name, number)
            for name in topics
            for number in sorted(consumer.partitions_for_topic(name) or ())
        ]
        consumer.assign(partitions)
        seek = consumer.seek_to_beginning if from_start else consumer.seek_to_end
        await seek(*partitions)
        while True:
            batches = await consumer.getmany(timeout_ms=WAIT_MS)
            for partition, batch in batches.items():
                for message in batch:
                    record = _record(topics[partition.topic], message)
                    if isinstance(record, models):
                        yield record
    except KafkaError as error:
        raise ClientError(
            f"the broker {settings.brokers} does not answer ({type(error).__name__}): start "
            "`wallwatch up`, or give its address as brokers"
        ) from None
    finally:
        await consumer.stop()


def _record(topic: Topic, message: ConsumerRecord) -> Any:
    """Return the record of a message, None where it is none."""
    try:
        return topic.adapter.validate_json(message.value or b"")
    except ValidationError as error:
        logger.warning(
            "%s partition %d offset %d is no record of the topic: %s",
            *(topic.name, message.partition, message.offset, error.errors()[0]["msg"]),
        )
        return None
