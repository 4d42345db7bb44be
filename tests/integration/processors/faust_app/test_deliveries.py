"""What a fetch brought reaches an agent as one event; a slow agent makes the consumer wait."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import faust
import pytest
from aiokafka import AIOKafkaProducer
from faust.types import TP

from processors.faust_app.agents import add_agent
from processors.faust_app.app import BUFFERED_FETCHES, POLL_RECORDS, build_app
from schemas.kafka.admin import ensure_topics
from schemas.settings import KafkaSettings
from schemas.topics import DEPTH, TRADES
from tests.integration.processors.worker_harness import PARTITIONS, worker_settings

pytestmark = pytest.mark.kafka

TOPICS: Final = (DEPTH.name, TRADES.name)
PARTS: Final = [TP(topic, number) for topic in TOPICS for number in range(PARTITIONS)]
RECORDS: Final = 3_000
"""Per partition: far more in all than may wait for an agent."""
LIMIT_S: Final = 60.0
STILL_S: Final = 2.0
"""Many times what a fetch takes."""


async def test_all_runs_of_a_fetch_come_in_order_and_a_slow_agent_bounds_what_is_read(
    broker: str, tmp_path: Path
) -> None:
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    await _fill(settings.kafka)
    taken: dict[TP, list[int]] = defaultdict(list)
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handler(tp: TP, records: Sequence[Any]) -> None:
        begun.set()
        await go_on.wait()
        assert {(record.topic, record.partition) for record in records} == {tp}
        taken[tp] += [record.offset for record in records]
        if sum(map(len, taken.values())) >= RECORDS * len(PARTS):
            done.set()

    async def from_the_beginning(assigned: frozenset[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(assigned, 0)

    app = build_app(settings, "deliveries", from_the_beginning)
    add_agent(app, "slow", TOPICS, handler)
    async with _running(app), asyncio.timeout(LIMIT_S):
        await begun.wait()
        read = await _standing(app)
        assert not taken
        assert read > 0
        # One fetch is at the agent, one waits for room, the others fill the buffer.
        assert read <= (BUFFERED_FETCHES + 2) * POLL_RECORDS
        go_on.set()
        await done.wait()
    assert taken == {tp: list(range(RECORDS)) for tp in PARTS}


async def _fill(settings: KafkaSettings) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.brokers, linger_ms=20) as producer:
        for number in range(RECORDS):
            for topic, partition in PARTS:
                last = await producer.send(topic, b"%d" % number, partition=partition)
        await last


@asynccontextmanager
async def _running(app: faust.App) -> AsyncIterator[None]:
    await app.start()
    try:
        yield
    finally:
        await app.stop()


async def _standing(app: faust.App) -> int:
    """Return how many records the consumer handed over, once that has stood still."""
    loop = asyncio.get_running_loop()
    read, since = -1, loop.time()
    while loop.time() - since < STILL_S:
        now = sum([await app.consumer.position(tp) or 0 for tp in PARTS])
        if now != read:
            read, since = now, loop.time()
        await asyncio.sleep(0.05)
    return read
