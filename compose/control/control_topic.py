"""Reads and writes a compacted control topic. Changes of one key are merged, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaConnectionError, KafkaError
from pydantic import ValidationError

from compose.errors import UserError
from schemas.kafka.client_options import client_options
from schemas.kafka.reader import TopicReader
from schemas.record import Record
from schemas.settings import KafkaSettings
from schemas.topics import Topic

TIMEOUT_S: Final = 15.0
CLIENT_ID: Final = "wallwatch-control"


class ControlTopic:
    """One control topic of a broker; every call connects anew, since calls are rare."""

    def __init__(
        self, settings: KafkaSettings, topic: Topic, unreadable: Callable[[ConsumerRecord], None]
    ) -> None:
        """`unreadable` is given each record that holds no value of the topic."""
        self._settings, self._topic, self._unreadable = settings, topic, unreadable
        self._lock = asyncio.Lock()
        """Held over read, merge and write, so that calls of this process follow one another."""

    async def newest(self) -> dict[str, Any]:
        """Return the newest value by key, in the order in which they were given.

        Raises UserError where the topic cannot be used.
        """
        async with self._usable(), self._reader() as (_, found):
            return found

    async def write(self, values: Sequence[Record]) -> None:
        """Write values under their keys. Raises UserError where the topic cannot be used."""
        async with self._usable(), self._producer() as producer:
            for value in values:
                await self._send(producer, value)

    async def amend(
        self, key: str, change: Callable[[Mapping[str, Any]], Record]
    ) -> Mapping[str, Any]:
        """Write `change` of the newest values under `key`; return the newest values after it.

        Another process may write the key between this read and this write: its record then stands
        before ours in the log, and ours is made and written again from it, so that of two changes
        at once both hold. What `change` raises is passed on. Raises UserError.
        """
        async with (
            self._lock,
            self._usable(),
            self._reader() as (reader, found),
            self._producer() as producer,
        ):
            unseen: list[ConsumerRecord] = []
            while True:
                value = change(found)
                offset = await self._send(producer, value)
                unseen += await reader.catch_up()
                before = [record for record in unseen if record.offset < offset]
                unseen = [record for record in unseen if record.offset > offset]
                self._take(found, before)
                if all(record.key != key.encode() for record in before):
                    return {**found, key: value}

    @asynccontextmanager
    async def _usable(self) -> AsyncIterator[None]:
        """Bound the time of the block; failures of the broker become one line with the cure."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                yield
        except (KafkaConnectionError, TimeoutError):
            raise UserError(
                f"kafka.brokers {self._settings.brokers}: no Kafka broker is reachable there: "
                "start it, or name another with --brokers"
            ) from None
        except (KafkaError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise UserError(
                f"topic {self._topic.name} at {self._settings.brokers} cannot be used ({reason}): "
                "check kafka.brokers and `wallwatch topics --create`"
            ) from None

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[tuple[TopicReader, dict[str, Any]]]:
        """Give a reader at the end of the topic, and the newest value of every key."""
        async with AsyncExitStack() as stack:
            reader = TopicReader(self._settings, self._topic, CLIENT_ID)
            stack.push_async_callback(reader.stop)
            found: dict[str, Any] = {}
            self._take(found, await reader.start())
            yield reader, found

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            **client_options(self._settings),
            client_id=CLIENT_ID,
            acks="all",
            request_timeout_ms=int(TIMEOUT_S * 1_000),
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(producer.stop)
            await producer.start()
            yield producer

    async def _send(self, producer: AIOKafkaProducer, value: Record) -> int:
        """Write a value and return its offset once the broker has acknowledged it."""
        raw = value.model_dump_json().encode()
        written = await producer.send_and_wait(self._topic.name, key=value.key.encode(), value=raw)
        return int(written.offset)

    def _take(self, found: dict[str, Any], records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            try:
                value = self._topic.adapter.validate_json(record.value or b"")
            except ValidationError:
                self._unreadable(record)
                continue
            found.pop(value.key, None)
            found[value.key] = value
