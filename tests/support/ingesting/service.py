"""run_ingest in the test's own process, against a broker that no other test uses."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiokafka import TopicPartition

from compose.brokers.noida import NoidaBroker
from ingest.service import run_ingest
from schemas.kafka.consumer import ClosingConsumer
from schemas.settings import IngestSettings, KafkaSettings, Settings
from schemas.topics import Topic

PARTITIONS = 2
QUICK_S = 15.0
STOP_S = 3.0
"""What a supervisor allows for a clean end."""


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[str]:
    """HOST:PORT of an embedded broker that no other test uses."""
    server = NoidaBroker(tmp_path / "data", tmp_path)
    address = await server.start()
    try:
        yield address
    finally:
        await server.stop()


def settings_for(address: str, exchange: dict[str, Any], **ingest: Any) -> Settings:
    """Return settings that reach the broker at `address` and an exchange by its ready line."""
    kafka = KafkaSettings(brokers=address, partitions=PARTITIONS, retention_ms=-1)
    values = {"symbols": ("BTCUSDT",), "smart_money_symbols": (), **ingest}
    urls = {key: exchange[key] for key in ("websocket_url", "rest_url")}
    return Settings(kafka=kafka, ingest=IngestSettings(**urls, **values))


class Ingesting:
    """A running ingest."""

    def __init__(self, task: "asyncio.Task[dict[str, Any]]", facts: dict[str, Any]) -> None:
        self.task = task
        self.facts = facts
        """The ready line."""

    async def metrics(self) -> dict[str, float]:
        """Return the metrics as they are served, labels as part of the name."""
        async with aiohttp.ClientSession() as http, http.get(self.facts["metrics_url"]) as answer:
            text = await answer.text()
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in lines}

    async def probe(self, path: str) -> tuple[int, list[str]]:
        """Return the status and the reasons of /healthz or /readyz."""
        url = self.facts["metrics_url"].removesuffix("/metrics") + path
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return answer.status, (await answer.json())["reasons"]

    @property
    def report(self) -> dict[str, Any]:
        """The report, once it has ended."""
        return self.task.result()


@asynccontextmanager
async def ingesting(settings: Settings) -> AsyncIterator[Ingesting]:
    """Run ingest for the length of the block, which begins when it is ready."""
    stop = asyncio.Event()
    ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_ingest(settings, stop, ready.set_result))
    await asyncio.wait((task, ready), timeout=QUICK_S, return_when=asyncio.FIRST_COMPLETED)
    try:
        if task.done():
            task.result()
        assert ready.done(), "ingest was not ready in time"
        yield Ingesting(task, ready.result())
    finally:
        stop.set()
        await asyncio.wait_for(task, STOP_S)


def ingest_tasks() -> Counter[str]:
    """Return the running coroutines of ingest by name, the exchange's and passing ones left out."""
    names: Counter[str] = Counter()
    for task in asyncio.all_tasks():
        coroutine = task.get_coro()
        frame = getattr(coroutine, "cr_frame", None)
        module = frame.f_globals["__name__"] if frame is not None else ""
        name = getattr(coroutine, "__qualname__", "")
        if module.startswith("ingest.") and not module.startswith("ingest.exchange"):
            names[name] += not name.endswith("._prove")
    return +names


async def until(condition: Callable[[], bool], timeout_s: float = QUICK_S) -> None:
    """Wait until a condition holds; fails after `timeout_s`."""
    async with asyncio.timeout(timeout_s):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


class TopicReader:
    """Reads topics as they grow, each partition in its order."""

    def __init__(self, address: str, *topics: Topic) -> None:
        self._topics = {topic.name: topic for topic in topics}
        self._consumer = ClosingConsumer(
            bootstrap_servers=address, auto_offset_reset="earliest", fetch_max_wait_ms=50
        )
        self.values: defaultdict[str, list[Any]] = defaultdict(list)
        """All validated values read so far, by topic name."""

    async def __aenter__(self) -> "TopicReader":
        await self._consumer.start()
        partitions = [
            TopicPartition(topic.name, number)
            for topic in self._topics.values()
            for number in range(topic.partition_count(PARTITIONS))
        ]
        self._consumer.assign(partitions)
        await self._consumer.seek_to_beginning(*partitions)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def until(self, condition: Callable[[], bool], timeout_s: float = QUICK_S) -> None:
        """Read on until a condition holds; fails after `timeout_s`."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await self._read()

    async def to_the_end(self) -> "TopicReader":
        """Read all that is there now."""
        partitions = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(partitions)
        async with asyncio.timeout(QUICK_S):
            for partition in partitions:
                while await self._consumer.position(partition) < ends[partition]:
                    await self._read()
        return self

    async def _read(self) -> None:
        for partition, batch in (await self._consumer.getmany(timeout_ms=100)).items():
            topic = self._topics[partition.topic]
            self.values[topic.name] += [topic.adapter.validate_json(r.value) for r in batch]


async def read_topics(address: str, *topics: Topic) -> dict[str, list[Any]]:
    """Return all validated values of the topics, in offset order within a partition."""
    async with TopicReader(address, *topics) as reader:
        return (await reader.to_the_end()).values
