"""Sends the records of an outbox to Kafka, in exactly its order."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from ingest.connections.backoff import Backoff
from ingest.errors import IngestError
from ingest.publish.kafka_client import check_topics, new_producer
from ingest.publish.log_positions import LogPositions
from ingest.publish.log_tail import found_in, read_tail
from ingest.publish.outbox import Entry, Outbox
from schemas.kafka.client_internals import abandon
from schemas.settings import KafkaSettings

logger = logging.getLogger(__name__)

MAX_IN_FLIGHT: Final = 5_000
"""Most records in flight (sent to the producer, unacknowledged). Others wait in the outbox."""
START_TIMEOUT_S: Final = 15.0
MAX_PAUSE_S: Final = 2.0
TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)
"""Errors of a broker with a lower size limit."""


class OutboxProducer:
    """An idempotent producer that drains an outbox.

    It retries a request until the broker has answered, without duplicating a record. After a fatal
    error a new producer resumes where the log shows that the old one stopped.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        outbox: Outbox,
        pending: asyncio.Event,
        on_acknowledged: Callable[[float], object],
        on_records_lost: Callable[[], object],
    ) -> None:
        """Connects only in `start`.

        `pending` is set whenever the outbox has something to send. `on_acknowledged` gets the time
        between hand-over and acknowledgement of each record, s. `on_records_lost` is called when
        the broker refuses a record, or turns out to have lost records that it had acknowledged.
        """
        self._settings = settings
        self._outbox = outbox
        self._kafka: AIOKafkaProducer | None = None
        self._clock = asyncio.get_running_loop().time
        self._pending = pending
        self._on_acknowledged = on_acknowledged
        self._on_records_lost = on_records_lost
        self._empty = asyncio.Event()
        self._failure: BaseException | None = None
        self._positions = LogPositions(settings.brokers, on_records_lost)
        self.rebuilds = 0
        """Producers that failed fatally and were replaced."""

    @property
    def lost_by_broker(self) -> int:
        """Acknowledged records that the broker has lost."""
        return self._positions.lost

    async def start(self) -> None:
        """Connect and check the topics. Raises IngestError."""
        self._kafka = producer = new_producer(self._settings)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await producer.start()
                partitions = await check_topics(producer, self._settings)
                _, ends = await read_tail(self._settings, dict.fromkeys(partitions, _NO_OFFSET))
                self._positions.start(ends)
        except (KafkaError, OSError) as error:
            await producer.stop()
            reason = str(error) or type(error).__name__
            raise IngestError(
                f"kafka broker {self._settings.brokers} cannot be reached ({reason}): "
                "start it or correct kafka.brokers"
            ) from None
        except IngestError:
            await producer.stop()
            raise

    async def run(self) -> None:
        """Send queued records until cancelled."""
        while True:
            await self._send_all()
            logger.warning(
                "kafka broker %s: %s; continuing with a new producer",
                self._settings.brokers,
                self._failure or "the producer failed",
            )
            await self._rebuild()

    def fail(self, error: BaseException) -> None:
        """Give the producer up: `run` replaces it and sends again what was not acknowledged."""
        self._failure = self._failure or error

    async def flush(self) -> None:
        """Return when the broker has acknowledged everything. `run` must be running."""
        while len(self._outbox):
            self._empty.clear()
            await self._empty.wait()

    async def close(self, timeout_s: float) -> None:
        """Disconnect. Records not acknowledged within `timeout_s` are dropped and logged."""
        producer, self._kafka = self._kafka, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self.flush()
        except TimeoutError:
            logger.warning(
                "kafka broker %s did not acknowledge the last %d records within %g s",
                self._settings.brokers,
                len(self._outbox),
                timeout_s,
            )
        await abandon(producer)

    async def _send_all(self) -> None:
        """Return when the producer has failed."""
        producer = self._kafka
        if producer is None:
            raise RuntimeError("call start before run")
        self._failure = None
        while self._failure is None:
            entry = self._outbox.take() if self._outbox.in_flight < MAX_IN_FLIGHT else None
            if entry is None:
                self._pending.clear()
                await self._pending.wait()
                continue
            try:
                sent = await producer.send(entry.topic, key=entry.key, value=entry.value)
            except KafkaTimeoutError:
                # The buffer is full as the broker does not answer; the record was not accepted.
                self._outbox.untake()
            except KafkaError as error:
                self._failure = error
            else:
                sent.add_done_callback(
                    lambda done, entry=entry: self._answered(producer, entry, done)
                )

    def _answered(
        self, producer: AIOKafkaProducer, entry: Entry, sent: "asyncio.Future[Any]"
    ) -> None:
        error = None if sent.cancelled() else sent.exception()
        if isinstance(error, TOO_LARGE):
            self._give_up(entry, error)
        if error is not None:
            # Errors of a producer that was already replaced are ignored.
            if producer is self._kafka:
                self.fail(error)
        elif not sent.cancelled():
            metadata = sent.result()
            partition = TopicPartition(metadata.topic, metadata.partition)
            self._positions.acknowledged(partition, metadata.offset)
            self._settle(entry)
        self._pending.set()

    def _give_up(self, entry: Entry, error: BaseException) -> None:
        """Drop a record that the broker refuses: a retry would fail and block those behind it."""
        if entry.is_settled:
            return
        logger.error(
            "kafka broker %s refuses a record of %d bytes in %s (%s): raise its max.message.bytes",
            self._settings.brokers,
            len(entry.value),
            entry.topic,
            error,
        )
        self._outbox.refuse()
        if entry.done is not None and not entry.done.done():
            entry.done.set_result(False)
        self._outbox.settle(entry)
        self._on_records_lost()
        if not len(self._outbox):
            self._empty.set()

    def _settle(self, entry: Entry) -> None:
        self._on_acknowledged(self._clock() - entry.born_s)
        self._outbox.settle(entry)
        if not len(self._outbox):
            self._empty.set()

    async def _rebuild(self) -> None:
        """Replace the producer; returns when the new one can resume where the old one ended."""
        backoff = Backoff(cap_s=MAX_PAUSE_S)
        self.rebuilds += 1
        while True:
            if self._kafka is not None:
                await abandon(self._kafka)
            self._kafka = producer = new_producer(self._settings)
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await producer.start()
                    await self._settle_written()
            except (KafkaError, OSError) as error:
                logger.warning("kafka broker %s: %s", self._settings.brokers, error)
                await asyncio.sleep(backoff.next_s())
                continue
            again = self._outbox.rewind()
            logger.info("kafka broker %s: %d records are sent again", self._settings.brokers, again)
            return

    async def _settle_written(self) -> None:
        written, ends = await read_tail(self._settings, self._positions.next)
        for entry in found_in(written, self._outbox.unsettled()):
            self._settle(entry)
        self._positions.found(ends)


_NO_OFFSET: Final = 1 << 62
"""Beyond every end: asks for end offsets alone."""
