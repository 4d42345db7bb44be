"""Follows `signals.large_orders`, so that books with large orders are resynced first.

It only affects the order of REST requests; ingest also works without it.
"""

import asyncio
import logging
from typing import Final

import msgspec
from aiokafka.errors import KafkaError

from ingest.errors import UNREADABLE
from ingest.watch.tracked_orders import TrackedOrders
from schemas.kafka.client_options import client_options
from schemas.kafka.consumer import ClosingConsumer
from schemas.kafka.reader import FETCH_WAIT_MS, FOLLOW_PAUSE_S
from schemas.settings import KafkaSettings
from schemas.signals import CloseReason, OrderState
from schemas.topics import LARGE_ORDERS

logger = logging.getLogger(__name__)

PAST_EVENTS: Final = 2_000
"""Newest events per partition read at the start: some minutes of busy symbols."""
RETRY_S: Final = 5.0


class _OrderEvent(msgspec.Struct):
    """The used fields of a `LargeOrderEvent`."""

    venue: str
    symbol: str
    order_id: str
    state: OrderState
    close_reason: CloseReason | None = None


_decode = msgspec.json.Decoder(_OrderEvent).decode


class TrackedTopic:
    """Keeps `tracked` up to date for one venue, without a consumer group."""

    def __init__(self, settings: KafkaSettings, venue: str, tracked: TrackedOrders) -> None:
        self._settings = settings
        self._venue = venue
        self._tracked = tracked
        self._reads = True
        """False after a failure, which is logged once, until the topic is readable again."""

    async def follow(self) -> None:
        """Read until cancelled; retries while the broker is unavailable."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                if self._reads:
                    logger.warning("topic %s cannot be read: %r", LARGE_ORDERS.name, error)
                self._reads = False
            await asyncio.sleep(RETRY_S)

    async def _read(self) -> None:
        consumer = ClosingConsumer(
            LARGE_ORDERS.name,
            **client_options(self._settings),
            client_id="wallwatch-ingest-orders",
            enable_auto_commit=False,
            auto_offset_reset="latest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            fetch_pause_s=FOLLOW_PAUSE_S,
        )
        try:
            await consumer.start()
            partitions = consumer.assignment()
            starts = await consumer.beginning_offsets(partitions)
            for partition, end in (await consumer.end_offsets(partitions)).items():
                consumer.seek(partition, max(starts[partition], end - PAST_EVENTS))
            self._reads = True
            while True:
                for batch in (await consumer.getmany(timeout_ms=FETCH_WAIT_MS)).values():
                    for record in batch:
                        self._take(record.value)
        finally:
            await consumer.stop()

    def _take(self, value: bytes | None) -> None:
        try:
            event = _decode(value or b"")
        except UNREADABLE as error:
            logger.warning("topic %s: not an order event: %s", LARGE_ORDERS.name, error)
            return
        if event.venue == self._venue:
            self._tracked.take(event.symbol, event.order_id, event.state, event.close_reason)
