"""Publishes records to Kafka in exactly the order in which they were handed over."""

import asyncio
import logging
from collections import Counter, deque
from typing import Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from ingest.errors import IngestError
from schemas.control import DeadLetter
from schemas.market import FeedStatus, OpenInterest, Trades
from schemas.record import Record
from schemas.settings import KafkaSettings
from schemas.topics import DEAD_LETTERS, DEPTH, OPEN_INTEREST, STATUS, TRADES, Topic

logger = logging.getLogger(__name__)

BACKLOG_RECORDS: Final = 5_000
"""Records waiting for the broker before the readers of frames are made to wait."""
REQUEST_TIMEOUT_MS: Final = 30_000
"""A broker may restart within this; after it a record counts as lost and ingest gives up."""
START_TIMEOUT_S: Final = 15.0
WRITTEN: Final = (DEPTH, TRADES, OPEN_INTEREST, STATUS, DEAD_LETTERS)


class _Pending(NamedTuple):
    topic: str
    key: bytes | None
    value: bytes


def topic_of(record: Record | DeadLetter) -> Topic:
    """Return the topic that a record of ingest belongs to."""
    if isinstance(record, Trades):
        return TRADES
    if isinstance(record, OpenInterest):
        return OPEN_INTEREST
    if isinstance(record, FeedStatus):
        return STATUS
    if isinstance(record, DeadLetter):
        return DEAD_LETTERS
    return DEPTH


class Publisher:
    """An idempotent producer behind one queue.

    `put` never waits, so records of one symbol cannot overtake each other at an await; who reads
    frames calls `room` before the next one. A lost record would be a silent hole in the log, so
    the first one that the broker does not take ends the service.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        """Connects only in `start`."""
        self._settings = settings
        compression = None if settings.compression == "none" else settings.compression
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.brokers,
            client_id="wallwatch-ingest",
            enable_idempotence=True,
            acks="all",
            compression_type=compression,
            linger_ms=settings.linger_ms,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        self._queue: deque[_Pending] = deque()
        self._filled = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.counts: Counter[str] = Counter({topic.name: 0 for topic in WRITTEN})
        """Records handed over, by topic."""

    async def start(self) -> None:
        """Connect and check the topics. Raises IngestError."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._producer.start()
                await self._check_topics()
        except (KafkaError, OSError) as error:
            await self._producer.stop()
            reason = str(error) or type(error).__name__
            raise IngestError(
                f"kafka broker {self._settings.brokers} cannot be reached ({reason}): "
                "start it or correct kafka.brokers"
            ) from None
        except IngestError:
            await self._producer.stop()
            raise

    def put(self, record: Record | DeadLetter) -> None:
        """Queue a record for its topic."""
        topic = topic_of(record).name
        key = record.key.encode() if isinstance(record, Record) else None
        self._queue.append(_Pending(topic, key, record.model_dump_json().encode()))
        self.counts[topic] += 1
        self._filled.set()
        self._empty.clear()
        if len(self._queue) >= BACKLOG_RECORDS:
            self._roomy.clear()

    def frame(self, raw: bytes, received_ns: int) -> None:
        """Raw frames are not published."""

    def snapshot(self, symbol: str, raw: bytes, received_ns: int) -> None:
        """Raw snapshots are not published."""

    async def room(self) -> None:
        """Return at once unless the broker is far behind; then when it has caught up."""
        if not self._roomy.is_set():
            await self._roomy.wait()

    async def put_acknowledged(self, record: Record) -> None:
        """Publish a record past the queue; return when the broker has it. Raises IngestError.

        Only for topics whose records do not go through `put`.
        """
        topic = topic_of(record).name
        try:
            await self._producer.send_and_wait(
                topic, key=record.key.encode(), value=record.model_dump_json().encode()
            )
        except KafkaError as error:
            raise self._lost(topic, error) from None
        self.counts[topic] += 1

    async def run(self) -> None:
        """Send what is queued until cancelled. Raises IngestError when a record is lost."""
        sending = asyncio.ensure_future(self._send_all())
        try:
            await asyncio.wait((sending, self._failure), return_when=asyncio.FIRST_COMPLETED)
            if self._failure.done():
                self._failure.result()
            await sending
        finally:
            sending.cancel()

    async def flush(self) -> None:
        """Return when the broker has everything. `run` must be running. Raises IngestError."""
        await self._empty.wait()
        await self._producer.flush()
        if self._failure.done():
            self._failure.result()

    async def close(self, timeout_s: float) -> None:
        """Disconnect; what the broker does not take within `timeout_s` is given up and logged."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._producer.stop()
        except TimeoutError:
            logger.warning(
                "kafka broker %s did not take the last records within %g s",
                self._settings.brokers,
                timeout_s,
            )
        if self._failure.done():
            # Reported by `run` or `flush`; marks it as seen.
            self._failure.exception()

    async def _send_all(self) -> None:
        while True:
            await self._filled.wait()
            while self._queue:
                topic, key, value = self._queue.popleft()
                try:
                    sent = await self._producer.send(topic, key=key, value=value)
                except KafkaError as error:
                    raise self._lost(topic, error) from None
                sent.add_done_callback(self._acknowledged)
                if len(self._queue) < BACKLOG_RECORDS // 2:
                    self._roomy.set()
            self._filled.clear()
            self._empty.set()

    def _acknowledged(self, sent: "asyncio.Future[object]") -> None:
        if sent.cancelled():
            return
        error = sent.exception()
        if error is not None and not self._failure.done():
            self._failure.set_exception(self._lost("a topic", error))

    def _lost(self, topic: str, error: BaseException) -> IngestError:
        reason = str(error) or type(error).__name__
        return IngestError(
            f"kafka broker {self._settings.brokers} did not take a record for {topic} ({reason}): "
            "check the broker, then start ingest again"
        )

    async def _check_topics(self) -> None:
        cluster = await self._producer.client.fetch_all_metadata()
        present = cluster.topics(exclude_internal_topics=False)
        for topic in WRITTEN:
            if topic.name not in present:
                raise IngestError(
                    f"kafka broker {self._settings.brokers} has no topic {topic.name}: "
                    "create the topics with `wallwatch topics --create`"
                )
            found = len(cluster.partitions_for_topic(topic.name) or ())
            wanted = topic.partition_count(self._settings.partitions)
            if found != wanted:
                raise IngestError(
                    f"topic {topic.name} has {found} partitions, kafka.partitions says {wanted}: "
                    "set it to the topic's count or use another broker"
                )
