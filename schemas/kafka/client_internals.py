"""The only place that reaches into Kafka clients: what the library offers no public way to do."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiokafka.errors
import lz4.frame
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.codec import lz4_encode
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatch

from schemas.kafka.error_codes import CodeBook

Send = Callable[..., Awaitable[Any]]
"""Sends a request, given after the id of its broker, and returns the answer."""
FETCH_PAUSE_S: Final = 0.02
"""Between the beginnings of two fetches: what it adds to the delay of a record at most."""
LARGE_ANSWER_BYTES: Final = 64 << 10
"""A reader that gets so much of a partition at once is behind, and asks on without a pause."""
LZ4_LEVEL: Final = 1
"""The fast way of lz4."""
END_TIMEOUT_S: Final = 2.0
"""How long an abandoned producer may take to end."""


def rest_between_fetches(consumer: AIOKafkaConsumer, pause_s: float = FETCH_PAUSE_S) -> None:
    """Let the consumer pause between two fetches, as `paced` does."""
    consumer._client.send = paced(consumer._client.send, pause_s)


def paced(send: Send, pause_s: float = FETCH_PAUSE_S) -> Send:
    """Return a `send` that pauses before a fetch from a broker whose last answer was small, so that
    `pause_s` lie between the beginnings of two.

    A broker is asked to hold a fetch until it has something or `fetch_max_wait_ms` are over, and
    Apache Kafka does. The embedded broker answers at once, and the library asks again at once: an
    idle consumer then makes 2,200 requests a second and takes a quarter of a core (measured). Where
    many symbols send, each answer would hold a record or two, with every broker, and a fetch costs
    as much as many of them.
    """
    due_s: dict[int, float] = {}
    """When the next fetch from a broker may begin, by its id."""

    async def pause_and_send(node_id: int, request: Any, **options: Any) -> Any:
        if not isinstance(request, FetchRequest):
            return await send(node_id, request, **options)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, due_s.get(node_id, 0.0) - loop.time()))
        began_s = loop.time()
        response = await send(node_id, request, **options)
        if not _is_large(response):
            due_s[node_id] = began_s + pause_s
        return response

    return pause_and_send


def limit_fetch_wait(consumer: AIOKafkaConsumer, longest_s: float) -> None:
    """Set how long a fetch may wait, s, on a consumer that is made but not started.

    For a consumer whose options another library chooses.
    """
    consumer._fetch_max_wait_ms = int(longest_s * 1_000)


def take_fast_lz4() -> None:
    """Let all producers of this process compress with `LZ4_LEVEL`, and all consumers uncompress
    with the package lz4.

    The library asks lz4 for level 9 and offers no setting: batches of signals get a tenth to a
    fifth smaller by it and cost four to six times the time, 8 % of a worker's main thread
    (measured). What it uncompresses with takes 30 us a batch before the first byte, lz4 2 us: where
    many symbols send, a batch is a few records, and this was 2 % of a worker (measured).
    """
    lz4_encode.__defaults__ = (LZ4_LEVEL,)
    # The compiled module, or the one of plain Python where there is none.
    batches = sys.modules[DefaultRecordBatch.__module__]
    vars(batches)["lz4_decode"] = lz4.frame.decompress


def tell_every_code() -> None:
    """Let the client tell errors of the broker in words whose codes it does not know.

    Its table of codes is a dict with one class for all others, which forgets the code.
    """
    if not isinstance(aiokafka.errors.kafka_errors, CodeBook):
        aiokafka.errors.kafka_errors = CodeBook(aiokafka.errors.kafka_errors)


async def abandon(producer: AIOKafkaProducer) -> None:
    """End a producer at once: its buffered records must not follow its successor's.

    Its own `stop` would wait for a broker that does not answer.
    """
    sender = producer._sender
    task = None if sender is None else sender.sender_task
    if task is None:
        await producer.stop()
        return
    task.cancel()
    # Closing the connections ends the requests that the sender waits for.
    await producer.client.close()
    await asyncio.wait((task,), timeout=END_TIMEOUT_S)
    producer._closed = True


def _is_large(response: Any) -> bool:
    """Whether a fetch brought so much of a partition that there is likely to be more."""
    return any(
        len(records or b"") >= LARGE_ANSWER_BYTES
        for _, partitions in response.topics
        for _, _, *_, records in partitions
    )
