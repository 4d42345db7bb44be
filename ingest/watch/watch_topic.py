"""Reads the commands of `control.watchlist` from the beginning."""

import asyncio
import logging
from typing import Final

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from ingest.errors import IngestError
from schemas.control import WatchCommand
from schemas.kafka.reader import FOLLOW_PAUSE_S, TopicReader
from schemas.settings import KafkaSettings
from schemas.topics import WATCHLIST

logger = logging.getLogger(__name__)

START_TIMEOUT_S: Final = 15.0
RETRY_S: Final = 1.0


class WatchTopic:
    """Follows the topic from its beginning, without a consumer group."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Connects only in `start`."""
        self._brokers = settings.brokers
        self._reader = TopicReader(
            settings, WATCHLIST, "wallwatch-ingest-watchlist", FOLLOW_PAUSE_S
        )

    async def start(self) -> list[WatchCommand]:
        """Connect and return the commands so far, the oldest first. Raises IngestError."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                return _commands(await self._reader.start())
        except (KafkaError, OSError) as error:
            await self._reader.stop()
            reason = str(error) or type(error).__name__
            raise IngestError(
                f"kafka broker {self._brokers}: topic {WATCHLIST.name} cannot be read "
                f"({reason}): check the broker, and create the topics with "
                "`wallwatch topics --create`"
            ) from None

    async def next(self) -> list[WatchCommand]:
        """Wait for new commands and return them; empty on timeout."""
        try:
            return _commands(await self._reader.next())
        except KafkaError as error:
            logger.warning("topic %s cannot be read: %s", WATCHLIST.name, error)
            await asyncio.sleep(RETRY_S)
            return []

    async def stop(self) -> None:
        """Disconnect."""
        await self._reader.stop()


def _commands(records: list[ConsumerRecord]) -> list[WatchCommand]:
    read = (_command(record.value, record.offset) for record in records)
    return [command for command in read if command is not None]


def _command(value: bytes | None, offset: int) -> WatchCommand | None:
    if value is None:
        return None
    try:
        return WatchCommand.model_validate_json(value)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        logger.warning(
            "topic %s, offset %d: not a watch command: %s", WATCHLIST.name, offset, reason
        )
        return None
