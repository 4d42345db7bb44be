"""What goes wrong around a worker is counted or told, and the rest goes on."""

import asyncio
import json
import socket
import time
from itertools import cycle
from pathlib import Path

import pytest
from aiohttp import web
from aiokafka import AIOKafkaProducer

from compose.brokers.apache import ApacheBroker
from compose.brokers.base import BrokerError
from compose.brokers.probe import free_port
from processors.errors import WorkerError
from processors.worker import run_worker
from schemas.kafka.admin import ensure_topics
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, DEPTH, TRADES
from tests.integration.processors.worker_harness import (
    PARTITIONS,
    Worker,
    differences,
    expected_signals,
    in_parts,
    market_logs,
    produced_signals,
    records,
    send,
    worker_settings,
)
from tests.support.servers.availability import unavailable

STOP_S = 5.0


async def test_unreadable_values_become_dead_letters_and_the_rest_goes_on(
    broker: str, worker: Worker
) -> None:
    logs = market_logs()
    await worker.start()
    sending = asyncio.create_task(send(broker, logs, 3.0))
    bad = {
        b'{"kind":"diff","event_time":"soon"}': b"binance_usdm:AAA",
        b'{"venue":"binance_usdm","trunca': b"binance_usdm:BBB",
        b"\xff\xfe": None,
    }
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for value, key in bad.items():
            await producer.send_and_wait(DEPTH.name, value, key=key)
        heartbeat = logs["AAA"].trades[-1].model_dump_json().encode()
        await producer.send_and_wait(TRADES.name, heartbeat, key=b"binance_usdm:OTHER")
    await sending
    await worker.until_idle()
    began = time.monotonic()
    report = await worker.stop()
    assert time.monotonic() - began < STOP_S

    letters = [json.loads(record.value) for record in await records(broker, DEAD_LETTERS.name, 1)]
    assert {letter["payload"] for letter in letters} == {
        '{"kind":"diff","event_time":"soon"}',
        '{"venue":"binance_usdm","trunca',
        "\\xff\\xfe",
        heartbeat.decode(),
    }
    assert report["counters"]["dead_letters"] == len(letters) == 4
    assert all(letter["reason"] and letter["offset"] >= 0 for letter in letters)
    assert differences(await produced_signals(broker), expected_signals(logs)) == []


@pytest.mark.kafka
async def test_a_broker_that_restarts_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not the embedded broker: ended in the midst of writes it loses acknowledged records.
    logs = market_logs()
    first, rest = in_parts(logs, 2)
    # Broker and controller get the same two ports at each start.
    ports = cycle([free_port(), free_port()])
    monkeypatch.setattr("compose.brokers.apache.free_port", lambda: next(ports))
    broker = ApacheBroker(tmp_path / "apache", tmp_path, say=print)
    try:
        bootstrap = await broker.start()
    except BrokerError as error:
        unavailable(str(error))
    settings = worker_settings(bootstrap, tmp_path)
    await ensure_topics(settings.kafka)
    worker = Worker(settings, tmp_path / "worker.log")
    try:
        await worker.start()
        sending = asyncio.create_task(send(bootstrap, first, 3.0))
        await worker.until_signals()
        await broker.stop()
        await worker.until_probe("/readyz", 503)
        await broker.start()
        await sending
        await send(bootstrap, rest, 1.0)
        status = await worker.until_idle()
        assert status["counters"]["lost_records"] == 0
        found = await produced_signals(bootstrap)
        await worker.stop()
    finally:
        if worker.runs:
            await worker.kill()
        await broker.stop()
    assert differences(found, expected_signals(logs)) == []


async def test_a_missing_topic_is_named(broker: str, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"no topic market\.depth.*wallwatch topics"):
        await _run(worker_settings(broker, tmp_path))


async def test_another_partition_count_is_named(broker: str, tmp_path: Path) -> None:
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    other = settings.model_copy(
        update={"kafka": settings.kafka.model_copy(update={"partitions": PARTITIONS + 1})}
    )
    with pytest.raises(WorkerError, match=r"has 2 partitions, kafka\.partitions asks for 3"):
        await _run(other)


async def test_an_unreachable_broker_is_named(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(WorkerError, match=f"no answer from Kafka at {address}"):
        await _run(worker_settings(address, tmp_path))


async def test_a_taken_port_is_named(broker: str, tmp_path: Path) -> None:
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        taking = settings.model_copy(update={"web": settings.web.model_copy(update={"port": port})})
        with pytest.raises(WorkerError, match=rf"cannot listen on 127\.0\.0\.1:{port}"):
            await _run(taking)


async def _run(settings: Settings) -> None:
    async with asyncio.timeout(20):
        await run_worker(settings, asyncio.Event(), lambda _: None, lambda *_: web.Application())
