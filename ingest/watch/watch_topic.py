"""Reads the commands of `control.watchlist`, those of the past first."""

import asyncio
import logging
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from ingest.errors import IngestError
from schemas.control import WatchCommand
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.settings import KafkaSettings
from schemas.topics import WATCHLIST

logger = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 15.0
FETCH_WAIT_MS: Final = 500
"""How long the broker holds a request that has nothing to bring; news come at once."""
RETRY_S: Final = 1.0
_PARTITION: Final = TopicPartition(WATCHLIST.name, 0)


class WatchTopic:
    """Follows the topic from its beginning, without a consumer group."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Connects only in `start`."""
        self._settings = settings
        self._consumer = ClosingConsumer(
            **client_options(settings),
            client_id="wallwatch-ingest-watchlist",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )

    async def start(self) -> list[WatchCommand]:
        """Connect and return the commands so far, the oldest first. Raises IngestError."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._consumer.start()
                return await self._read_past()
        except (KafkaError, OSError) as error:
            await self._consumer.stop()
            reason = str(error) or type(error).__name__
            raise IngestError(
                f"kafka broker {self._settings.brokers}: topic {WATCHLIST.name} cannot be read "
                f"({reason}): check the broker, and create the topics with "
                "`wallwatch topics --create`"
            ) from None

    async def next(self) -> list[WatchCommand]:
        """Wait for news and return them; empty where the wait was in vain."""
        try:
            batches = await self._consumer.getmany(_PARTITION, timeout_ms=FETCH_WAIT_MS)
        except KafkaError as error:
            logger.warning("topic %s cannot be read: %s", WATCHLIST.name, error)
            await asyncio.sleep(RETRY_S)
            return []
        return [
            command
            for batch in batches.values()
            for record in batch
            if (command := _command(record.value, record.offset)) is not None
        ]

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def _read_past(self) -> list[WatchCommand]:
        self._consumer.assign([_PARTITION])
        await self._consumer.seek_to_beginning(_PARTITION)
        end = (await self._consumer.end_offsets([_PARTITION]))[_PARTITION]
        commands: list[WatchCommand] = []
        while await self._consumer.position(_PARTITION) < end:
            commands += await self.next()
        return commands


def _command(value: bytes | None, offset: int) -> WatchCommand | None:
    if value is None:
        return None
    try:
        return WatchCommand.model_validate_json(value)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        logger.warning("topic %s, offset %d: no watch command: %s", WATCHLIST.name, offset, reason)
        return None
