"""Why symbols of a watch list are not followed, as ingest reported it on `market.status`."""

from __future__ import annotations

import asyncio

from pydantic import ValidationError

from compose.control.control_topic import TIMEOUT_S
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.kafka.reader import read_until
from schemas.market import FeedStatus, StreamState
from schemas.settings import KafkaSettings
from schemas.topics import STATUS


async def not_followed(settings: KafkaSettings, venue: str) -> dict[str, str]:
    """Return the reason by symbol. Raises aiokafka.errors.KafkaError or OSError."""
    newest: dict[str, FeedStatus] = {}
    async with asyncio.timeout(TIMEOUT_S):
        for status in await _reports(settings):
            # Ingest reports a symbol itself under a stream of its name in lower case.
            if status.venue == venue and status.stream == status.symbol.lower():
                newest[status.symbol] = status
    return {
        symbol: status.reason
        for symbol, status in newest.items()
        if status.state is not StreamState.UP
    }


async def _reports(settings: KafkaSettings) -> list[FeedStatus]:
    # The partitions are those that the broker has, whatever the settings of this call say.
    consumer = ClosingConsumer(
        STATUS.name,
        **client_options(settings),
        client_id="wallwatch-watch-list",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    found: list[FeedStatus] = []
    try:
        await consumer.start()
        partitions = list(consumer.assignment())
        await consumer.seek_to_beginning(*partitions)
        async for record in read_until(consumer, await consumer.end_offsets(partitions)):
            try:
                found.append(FeedStatus.model_validate_json(record.value or b""))
            except ValidationError:
                # Not of ingest; the sink dead-letters it.
                continue
    finally:
        await consumer.stop()
    return found
