"""Writes signals and dead letters to Kafka without making the engine wait for the broker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.kafka.client_options import client_options
from schemas.kafka.compression import producer_codec
from schemas.kafka.partitioner import KeyPartitioner
from schemas.settings import KafkaSettings

log = logging.getLogger(__name__)

MAX_UNACKNOWLEDGED: Final = 10_000
"""Records that may wait for the broker before the engines have to wait too."""
STOP_S: Final = 0.5
REQUEST_TIMEOUT_S: Final = 30.0
"""How long a batch is retried, which bridges a broker's restart."""


class EmitError(Exception):
    """Records were not acknowledged; everything since the last checkpoint has to be made again."""


class _Outgoing(NamedTuple):
    topic: str
    key: bytes | None
    value: bytes


class Emitter:
    """An idempotent producer with an outbox.

    `emit` never waits, so an engine's step and the queueing of its signals are one indivisible
    action for a checkpoint. Records of a partition leave in the order in which they were emitted.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._pump: asyncio.Task[None] | None = None
        self._outbox: deque[_Outgoing] = deque()
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._underway: deque[asyncio.Future[object]] = deque()
        self._emitted = 0
        self._settled = 0
        """Length of the prefix of the emitted records that the broker has answered for."""
        self._failure: BaseException | None = None
        self._generation = 0
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def unacknowledged(self) -> int:
        """Records emitted and not yet acknowledged."""
        return self._emitted - self._settled

    async def start(self) -> None:
        """Connect. Raises aiokafka.errors.KafkaError when no broker answers."""
        producer = AIOKafkaProducer(
            **client_options(self._settings),
            enable_idempotence=True,
            compression_type=producer_codec(self._settings),
            linger_ms=self._settings.linger_ms,
            request_timeout_ms=int(REQUEST_TIMEOUT_S * 1_000),
            partitioner=KeyPartitioner(),
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        self._pump = asyncio.create_task(self._run(producer, self._generation), name="emitter")

    def emit(self, topic: str, key: bytes | None, value: bytes) -> None:
        """Queue one record. The partition is that of the key, as for the raw topics."""
        self._outbox.append(_Outgoing(topic, key, value))
        self._emitted += 1
        self._wake.set()

    async def capacity(self) -> None:
        """Wait until fewer than MAX_UNACKNOWLEDGED records are under way. Raises EmitError."""
        while self.unacknowledged >= MAX_UNACKNOWLEDGED:
            await self._next_move()
        self._check()

    async def flush(self) -> None:
        """Wait until everything emitted before this call is acknowledged. Raises EmitError."""
        target = self._emitted
        while self._settled < target:
            await self._next_move()
        self._check()

    async def restart(self) -> None:
        """Forget what is under way and start with a fresh producer, after an EmitError."""
        await self._stop_pump()
        if self._producer is not None:
            # It closes once its batches have expired, which nobody has to wait for.
            closing = asyncio.create_task(_close(self._producer), name="old-emitter")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            self._producer = None
        self._generation += 1
        self._outbox.clear()
        self._underway.clear()
        self._settled = self._emitted
        self._failure = None
        await self.start()

    async def stop(self) -> None:
        """Disconnect. What was not flushed may be lost."""
        await self._stop_pump()
        if self._producer is not None:
            producer, self._producer = self._producer, None
            try:
                async with asyncio.timeout(STOP_S):
                    await _close(producer)
            except TimeoutError:
                log.warning(
                    "the broker did not acknowledge the last signals; they are computed again"
                )
        for closing in self._closing:
            closing.cancel()

    async def _stop_pump(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump
            self._pump = None

    def _check(self) -> None:
        if self._failure is not None:
            raise EmitError(f"signals were not acknowledged: {self._failure!r}") from self._failure

    async def _next_move(self) -> None:
        self._check()
        self._moved.clear()
        await self._moved.wait()

    async def _run(self, producer: AIOKafkaProducer, generation: int) -> None:
        def settle(future: asyncio.Future[object]) -> None:
            error = asyncio.CancelledError() if future.cancelled() else future.exception()
            if generation != self._generation:
                return  # Given up by a restart.
            if error is not None:
                self._fail(error)
            # Partitions answer out of order; a flush needs to know about all before a point.
            while self._underway and self._underway[0].done():
                self._underway.popleft()
                self._settled += 1
            self._moved.set()

        while True:
            while not self._outbox:
                self._wake.clear()
                await self._wake.wait()
            item = self._outbox.popleft()
            try:
                acknowledged = await producer.send(item.topic, item.value, key=item.key)
            except KafkaError as error:
                self._fail(error)
                return
            self._underway.append(acknowledged)
            acknowledged.add_done_callback(settle)

    def _fail(self, error: BaseException) -> None:
        if self._failure is None:
            self._failure = error
        self._moved.set()


async def _close(producer: AIOKafkaProducer) -> None:
    try:
        await producer.stop()
    except KafkaError as error:
        log.info("closing a producer failed: %r", error)
