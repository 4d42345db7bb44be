"""Reads and writes the compacted control topics for the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

import click
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError
from pydantic import ValidationError

from compose.control.kafka_log import quiet_client
from compose.errors import UserError
from schemas.control import SettingsChange
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.record import Record
from schemas.settings import KafkaSettings
from schemas.topics import SETTINGS, Topic

TIMEOUT_S: Final = 15.0
CLIENT_ID: Final = "wallwatch-control"

T = TypeVar("T")


def say(settings: KafkaSettings, topic: Topic, values: Sequence[Record]) -> None:
    """Write values under their keys. Raises UserError where the topic cannot be used."""
    _bounded(settings, topic, lambda: _write(settings, topic, values))


def newest(settings: KafkaSettings, topic: Topic) -> list[Any]:
    """Return the newest value of every key, in the order in which they were given.

    What cannot be read is named on stderr and passed over. Raises UserError where the topic cannot
    be used.
    """
    return _bounded(settings, topic, lambda: _read(settings, topic))


def overrides_of(settings: KafkaSettings, venue: str, symbol: str) -> dict[str, Any]:
    """Return what was changed at run time for a symbol. Raises UserError as `newest` does."""
    changes: list[SettingsChange] = newest(settings, SETTINGS)
    found = (c.overrides for c in changes if (c.venue, c.symbol) == (venue, symbol))
    return next(found, {})


def _bounded(
    settings: KafkaSettings, topic: Topic, work: Callable[[], Coroutine[Any, Any, T]]
) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(TIMEOUT_S):
            return await work()

    try:
        with quiet_client():
            return asyncio.run(bounded())
    except (KafkaConnectionError, TimeoutError):
        raise UserError(
            f"kafka.brokers {settings.brokers}: no Kafka broker is reachable there: start it, or "
            "name another with --brokers"
        ) from None
    except (KafkaError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise UserError(
            f"topic {topic.name} at {settings.brokers} cannot be used ({reason}): check "
            "kafka.brokers and `wallwatch topics --create`"
        ) from None


async def _write(settings: KafkaSettings, topic: Topic, values: Sequence[Record]) -> None:
    producer = AIOKafkaProducer(
        **client_options(settings),
        client_id=CLIENT_ID,
        acks="all",
        request_timeout_ms=int(TIMEOUT_S * 1_000),
    )
    try:
        await producer.start()
        for value in values:
            raw = value.model_dump_json().encode()
            await producer.send_and_wait(topic.name, key=value.key.encode(), value=raw)
    finally:
        await producer.stop()


async def _read(settings: KafkaSettings, topic: Topic) -> list[Any]:
    consumer = ClosingConsumer(
        **client_options(settings),
        client_id=CLIENT_ID,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    partition = TopicPartition(topic.name, 0)
    found: dict[str, Any] = {}
    try:
        await consumer.start()
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        while await consumer.position(partition) < end:
            for batch in (await consumer.getmany(partition, timeout_ms=500)).values():
                for record in batch:
                    try:
                        value = topic.adapter.validate_json(record.value or b"")
                    except ValidationError:
                        click.echo(f"{topic.name} offset {record.offset}: unreadable", err=True)
                        continue
                    found.pop(value.key, None)
                    found[value.key] = value
    finally:
        await consumer.stop()
    return list(found.values())
