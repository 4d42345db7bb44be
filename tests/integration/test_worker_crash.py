"""A worker that is killed again and again leaves what an undisturbed one would."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from compose.brokers.apache import ApacheBroker
from compose.brokers.base import Broker, BrokerError
from compose.brokers.noida import NoidaBroker
from compose.topics import ensure_topics
from processors.engine.engine import MarketEngine
from schemas.clickhouse.connect import connect
from schemas.record import symbol_key
from schemas.settings import ClickHouseSettings, Settings
from schemas.topics import DEAD_LETTERS, SIGNALS, TOPIC_OF_SIGNAL
from tests.support.availability import unavailable
from tests.support.market import VENUE, MarketLog, random_log

PARTITIONS = 2
SEEDS = {"AAA": 0, "BBB": 2, "CCC": 4, "DDD": 5, "EEE": 6}
FRAMES = 700
KILLS = 3
SEND_S = 12.0
IDLE_S = 30.0

Rows = dict[str, dict[str, Any]]
"""Signals by topic and event id."""


@pytest.fixture(params=["noida", pytest.param("apache", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """HOST:PORT of a broker that no other test uses, because the topics have fixed names."""
    chosen: Broker = (
        NoidaBroker(tmp_path / "noida", tmp_path)
        if request.param == "noida"
        else ApacheBroker(tmp_path / "apache", tmp_path, say=print)
    )
    with asyncio.Runner() as runner:
        try:
            yield runner.run(chosen.start())
        except BrokerError as error:
            unavailable(str(error))
        finally:
            runner.run(chosen.stop())


class Worker:
    """A worker process that can be killed and started again."""

    def __init__(self, settings: Settings, log_path: Path) -> None:
        self._environment = {**os.environ, **settings.as_environment()}
        self._log_path = log_path
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    async def start(self) -> None:
        with self._log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.integration.worker_child",
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=1 << 24,
            )
        assert self._process.stdout is not None
        ready = json.loads(await asyncio.wait_for(self._process.stdout.readline(), 30))
        assert ready["ready"] is True, ready
        self.url = ready["url"]

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> dict[str, Any]:
        assert self._process is not None
        self._process.terminate()
        out, _ = await asyncio.wait_for(self._process.communicate(), 10)
        assert self._process.returncode == 0
        report: dict[str, Any] = json.loads(out.splitlines()[-1])
        return report

    async def until_idle(self) -> dict[str, Any]:
        status: dict[str, Any] = {}
        loop = asyncio.get_running_loop()
        deadline = loop.time() + IDLE_S
        async with aiohttp.ClientSession() as session:
            while not status.get("idle"):
                assert loop.time() < deadline, status
                await asyncio.sleep(0.1)
                async with session.get(f"{self.url}/status") as answer:
                    status = await answer.json()
        return status


@pytest.fixture
async def worker(broker: str, tmp_path: Path) -> AsyncIterator[Worker]:
    settings = Settings.model_validate(
        {
            "kafka": {"brokers": broker, "partitions": PARTITIONS, "retention_ms": -1},
            "clickhouse": {"url": f"chdb:{tmp_path / 'store'}", "batch_ms": 100},
            "worker": {"checkpoint_s": 0.7, "max_ahead": 100},
        }
    )
    await ensure_topics(settings.kafka)
    child = Worker(settings, tmp_path / "worker.log")
    yield child
    if child._process is not None and child._process.returncode is None:
        await child.kill()


async def test_killed_three_times_applies_every_record_once(
    broker: str, worker: Worker, tmp_path: Path
) -> None:
    logs = {symbol: random_log(seed, FRAMES) for symbol, seed in SEEDS.items()}
    await worker.start()
    sending = asyncio.create_task(send(broker, logs))
    random = Random()
    for _ in range(KILLS):
        await asyncio.sleep(random.uniform(0.3, SEND_S / KILLS - 1.0))
        await worker.kill()
        await worker.start()
    await sending
    status = await worker.until_idle()
    report = await worker.stop()

    expected = expected_signals(logs)
    assert expected
    produced = await produced_signals(broker)
    assert differences(produced, expected) == []
    stored = stored_ids(tmp_path / "store")
    assert stored == {topic: set(rows) for topic, rows in expected.items() if rows}
    assert status["counters"]["faults"] == {}
    assert report["counters"]["lost_records"] == 0
    assert await count(broker, DEAD_LETTERS.name, 1) == 0


def differences(found: dict[str, Rows], expected: dict[str, Rows]) -> list[str]:
    """Return one line for each signal that is missing, unexpected or different."""
    lines = []
    for topic, rows in expected.items():
        for event_id in sorted({*found[topic], *rows}):
            ours, theirs = found[topic].get(event_id), rows.get(event_id)
            if ours is None or theirs is None:
                lines.append(f"{topic} {event_id}: {'missing' if ours is None else 'unexpected'}")
            else:
                fields = [name for name in theirs if ours.get(name) != theirs[name]]
                lines += [f"{topic} {event_id}: {n} {ours[n]} for {theirs[n]}" for n in fields]
    return lines


async def send(broker: str, logs: dict[str, MarketLog]) -> None:
    """Send all logs within SEND_S, the symbols and their topics in a random interleaving."""
    random = Random(1)
    queues = {
        symbol: [(topic, value) for value, topic in _by_topic(log, random)]
        for symbol, log in logs.items()
    }
    total = sum(len(queue) for queue in queues.values())
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    async with AIOKafkaProducer(
        bootstrap_servers=broker, enable_idempotence=True, linger_ms=5
    ) as producer:
        while any(queues.values()):
            symbol = random.choice([symbol for symbol, queue in queues.items() if queue])
            batch, queues[symbol] = queues[symbol][:20], queues[symbol][20:]
            for topic, value in batch:
                # The store drops rows by the age of their receipt.
                received_us = time.time_ns() // 1_000
                record = value.model_copy(update={"symbol": symbol, "received_us": received_us})
                await producer.send(
                    topic,
                    record.model_dump_json().encode(),
                    key=symbol_key(VENUE, symbol).encode(),
                )
            sent += len(batch)
            await asyncio.sleep(max(0.0, began + SEND_S * sent / total - loop.time()))
        await producer.flush()


def _by_topic(log: MarketLog, random: Random) -> list[tuple[Any, str]]:
    names = {id(value): topic for topic, values in log.topics().items() for value in values}
    return [(value, names[id(value)]) for value, _ in log.interleaved(random)]


def expected_signals(logs: dict[str, MarketLog]) -> dict[str, Rows]:
    """Run the engines directly, without Kafka."""
    settings = Settings().engine
    rows: dict[str, Rows] = {topic.name: {} for topic in SIGNALS}
    for symbol, log in logs.items():
        engine = MarketEngine(VENUE, symbol, settings)
        for value, offset in log.interleaved(Random(7)):
            for signal in engine.apply(value.model_copy(update={"symbol": symbol}), offset):
                document = json.loads(signal.model_dump_json())
                del document["received_us"]
                rows[TOPIC_OF_SIGNAL[type(signal)].name][signal.event_id] = document
    return rows


async def produced_signals(broker: str) -> dict[str, Rows]:
    """Read back the signal topics; a signal that is there twice must be the same."""
    rows: dict[str, Rows] = {}
    for topic in SIGNALS:
        found = rows[topic.name] = {}
        for record in await records(broker, topic.name, PARTITIONS):
            document = json.loads(record.value)
            del document["received_us"]
            assert found.setdefault(document["event_id"], document) == document
    return rows


async def records(broker: str, topic: str, partitions: int) -> list[Any]:
    """Return every record of a topic."""
    tps = [TopicPartition(topic, number) for number in range(partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        found: list[Any] = []
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
        return found
    finally:
        await consumer.stop()


async def count(broker: str, topic: str, partitions: int) -> int:
    """Return how many records a topic holds."""
    return len(await records(broker, topic, partitions))


def stored_ids(store: Path) -> dict[str, set[str]]:
    """Return the event ids in the tables by topic; no id is there twice."""
    client = connect(ClickHouseSettings(url=f"chdb:{store}"))
    try:
        found: dict[str, set[str]] = {}
        for model, topic in TOPIC_OF_SIGNAL.items():
            ids = [
                row[0] for row in client.query(f"SELECT event_id FROM {model.table}").result_rows
            ]
            assert len(ids) == len(set(ids))
            if ids:
                found.setdefault(topic.name, set()).update(ids)
        return found
    finally:
        client.close()
