"""Publishes records to Kafka in exactly the order in which they were handed over."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from ingest.backoff import Backoff
from ingest.errors import IngestError
from ingest.kafka_client import abandon, check_topics, new_producer
from ingest.log_positions import LogPositions
from ingest.log_tail import found_in, read_tail
from ingest.outbox import Entry, Outbox
from ingest.outlet import Fate
from ingest.record_values import WRITTEN, letter_of, topic_of, value_of
from schemas.control import DeadLetter
from schemas.record import Record
from schemas.settings import KafkaSettings

logger = logging.getLogger(__name__)

MAX_UNDERWAY: Final = 5_000
"""Records handed to the producer and not acknowledged; the others wait in the outbox."""
START_TIMEOUT_S: Final = 15.0
MAX_PAUSE_S: Final = 2.0
TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)
"""What a broker says whose own limit is lower."""


class Publisher:
    """An idempotent producer behind an outbox.

    `put` never waits, so records of one symbol cannot overtake each other at an await, and the
    sockets are read on while the broker is away. The producer repeats a request until the broker
    has answered it, without repeating a record. Where it fails for good, a new one goes on after
    the log was asked how far the old one came.
    """

    def __init__(self, settings: KafkaSettings, max_bytes: int) -> None:
        """Connects only in `start`."""
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._clock = asyncio.get_running_loop().time
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._failure: BaseException | None = None
        self._positions = LogPositions(settings.brokers, self._lost)
        self.outbox = Outbox(max_bytes)
        self.counts: Counter[str] = Counter({topic.name: 0 for topic in WRITTEN})
        """Records handed over, by topic."""
        self.acknowledged: Callable[[float], object] = _ignore
        """Called with the time between handing over and acknowledgement of a record, s."""
        self.tail_lost: Callable[[], object] = _ignore_loss
        """Called when the broker has refused a record, or turns out to have lost records that it
        had acknowledged."""
        self.rebuilds = 0
        """Producers that failed for good and were replaced."""

    @property
    def lost_by_broker(self) -> int:
        """Records that the broker had acknowledged and does not have any more."""
        return self._positions.lost

    @property
    def is_roomy(self) -> bool:
        """Whether those whose records did not fit may try again."""
        return self.outbox.is_roomy

    @property
    def behind_s(self) -> float:
        """How long the oldest record has been waiting for the broker."""
        oldest_s = self.outbox.oldest_s
        return 0.0 if oldest_s is None else self._clock() - oldest_s

    async def start(self) -> None:
        """Connect and check the topics. Raises IngestError."""
        self._producer = producer = new_producer(self._settings)
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

    def put(self, record: Record | DeadLetter, must: bool = False) -> Fate:
        """Queue a record for its topic. One that is too large leaves its beginning in the dead
        letters."""
        return self._put(record, must, None)

    async def put_acknowledged(self, record: Record) -> bool:
        """Publish a record and return True when the broker has it; False: it does not fit."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        return self._put(record, False, done) is Fate.TAKEN and await done

    def frame(self, raw: bytes, received_ns: int) -> None:
        """Raw frames are not published."""

    def snapshot(self, symbol: str, raw: bytes, received_ns: int) -> None:
        """Raw snapshots are not published."""

    async def run(self) -> None:
        """Send what is queued until cancelled."""
        while True:
            await self._send_all()
            logger.warning(
                "kafka broker %s: %s; going on with a new producer",
                self._settings.brokers,
                self._failure or "the producer failed",
            )
            await self._rebuild()

    async def flush(self) -> None:
        """Return when the broker has everything. `run` must be running."""
        await self._empty.wait()

    async def close(self, timeout_s: float) -> None:
        """Disconnect; what the broker does not take within `timeout_s` is given up and logged."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._empty.wait()
        except TimeoutError:
            logger.warning(
                "kafka broker %s did not take the last %d records within %g s",
                self._settings.brokers,
                len(self.outbox),
                timeout_s,
            )
        await abandon(producer)

    def _put(
        self, record: Record | DeadLetter, must: bool, done: "asyncio.Future[bool] | None"
    ) -> Fate:
        topic = topic_of(record).name
        key = record.key.encode() if isinstance(record, Record) else None
        value = value_of(record)
        if value is None:
            return self._refuse(record)
        if not self.outbox.put(Entry(topic, key, value, self._clock(), done), must):
            return Fate.NO_ROOM
        self.counts[topic] += 1
        self._news.set()
        self._empty.clear()
        return Fate.TAKEN

    def _refuse(self, record: Record | DeadLetter) -> Fate:
        self.outbox.refused += 1
        if isinstance(record, Record):
            letter = letter_of(record, time.time_ns() // 1_000)
            logger.error("%s: %s", letter.source, letter.reason)
            self.put(letter)
        return Fate.TOO_LARGE

    async def _send_all(self) -> None:
        """Return when the producer has failed."""
        producer = self._producer
        if producer is None:
            raise RuntimeError("start comes first")
        self._failure = None
        while self._failure is None:
            entry = self.outbox.take() if self.outbox.underway < MAX_UNDERWAY else None
            if entry is None:
                self._news.clear()
                await self._news.wait()
                continue
            try:
                sent = await producer.send(entry.topic, key=entry.key, value=entry.value)
            except KafkaTimeoutError:
                # The producer has no room because the broker does not answer; it was not taken.
                self.outbox.untake()
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
            # What becomes of a producer that was given up already is of no interest.
            if producer is self._producer:
                self._failure = self._failure or error
        elif not sent.cancelled():
            metadata = sent.result()
            partition = TopicPartition(metadata.topic, metadata.partition)
            self._positions.acknowledged(partition, metadata.offset)
            self._settle(entry)
        self._news.set()

    def _give_up(self, entry: Entry, error: BaseException) -> None:
        """Sent again it would be refused again, and hold up all that is behind it."""
        if entry.is_settled:
            return
        logger.error(
            "kafka broker %s refuses a record of %d bytes in %s (%s): raise its max.message.bytes",
            self._settings.brokers,
            len(entry.value),
            entry.topic,
            error,
        )
        self.outbox.refused += 1
        if entry.done is not None and not entry.done.done():
            entry.done.set_result(False)
        self.outbox.settle(entry)
        self.tail_lost()
        if not len(self.outbox):
            self._empty.set()

    def _settle(self, entry: Entry) -> None:
        self.acknowledged(self._clock() - entry.born_s)
        self.outbox.settle(entry)
        if not len(self.outbox):
            self._empty.set()

    async def _rebuild(self) -> None:
        """Replace the producer; returns when the new one can go on where the old one ended."""
        backoff = Backoff(cap_s=MAX_PAUSE_S)
        self.rebuilds += 1
        while True:
            if self._producer is not None:
                await abandon(self._producer)
            self._producer = producer = new_producer(self._settings)
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await producer.start()
                    await self._settle_written()
            except (KafkaError, OSError) as error:
                logger.warning("kafka broker %s: %s", self._settings.brokers, error)
                await asyncio.sleep(backoff.next_s())
                continue
            again = self.outbox.rewind()
            logger.info("kafka broker %s: %d records are sent again", self._settings.brokers, again)
            return

    async def _settle_written(self) -> None:
        written, ends = await read_tail(self._settings, self._positions.next)
        for entry in found_in(written, self.outbox.unsettled()):
            self._settle(entry)
        self._positions.found(ends)

    def _lost(self) -> None:
        self.tail_lost()


_NO_OFFSET: Final = 1 << 62
"""Beyond every end: asks for end offsets alone."""


def _ignore(latency_s: float) -> None:
    """Nobody measures."""


def _ignore_loss() -> None:
    """Nobody needs to know."""
