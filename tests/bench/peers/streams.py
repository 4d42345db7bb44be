"""The same records through wallwatch's worker, Quix Streams and stock Faust on Apache Kafka."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from aiokafka import AIOKafkaProducer

from compose.brokers.apache import ApacheBroker
from compose.stack.plan import APACHE_KAFKA
from compose.stack.service_child import ServiceChild
from compose.stack.status import PIPELINE_PATH
from ingest.offline import market_records
from schemas.clock import wall_us
from schemas.kafka.admin import ensure_topics
from schemas.market import MarketRecord
from schemas.settings import ClickHouseSettings, KafkaSettings, Settings
from schemas.topics import topic_of_record
from tests.bench.all_symbols.asking import Asking
from tests.bench.peers.environment import version
from tests.support.markets.captures import CAPTURE

COPIES: Final = 10
START_S: Final = 300.0
DONE_S: Final = 600.0
POLL_S: Final = 0.5
"""Between two looks at the worker, which answers them with its own time."""
PARTITIONS: Final = 4
PEERS: Final = {
    "Quix Streams": ("tests.bench.peers.quix", "quixstreams"),
    "stock Faust": ("tests.bench.peers.stock_faust", "faust-streaming"),
}
"""Their programs and packages."""
OURS: Final = "wallwatch worker"

Sent = list[tuple[str, bytes, bytes]]
"""Topic, key and value of each record."""


@dataclass(frozen=True, slots=True)
class Pass:
    """All records once through one of them."""

    records: int
    signals: int
    wall_s: float
    cpu_s: float


def copied_capture(share: float = 1.0) -> Sent:
    """Return the records of the capture, or of its first part, for `COPIES` symbols in turn."""
    records = [r for r in market_records(CAPTURE, Settings()) if isinstance(r, MarketRecord)]
    sent, now_us = [], wall_us()
    for record in records[: round(share * len(records))]:
        for number in range(COPIES):
            copy = record.model_copy(update={"symbol": f"BTC{number}USDT", "received_us": now_us})
            value = copy.model_dump_json().encode()
            sent.append((topic_of_record(record).name, copy.key.encode(), value))
    return sent


async def measure(rounds: int, share: float) -> dict[str, list[Pass]]:
    """Run each once in every round, each time on a broker of its own."""
    sent = copied_capture(share)
    found: dict[str, list[Pass]] = {OURS: []}
    for name, (_, package) in PEERS.items():
        if version(package) is None:
            sys.stderr.write(f"SKIPPED {name}: {package} is not installed\n")
        else:
            found[name] = []
    for _ in range(rounds):
        for name, passes in found.items():
            with tempfile.TemporaryDirectory(prefix="wallwatch-peers-") as folder:
                passes.append(await _pass(name, Path(folder), sent))
    return found


async def _pass(name: str, folder: Path, sent: Sent) -> Pass:
    broker = ApacheBroker(folder / "broker", folder, say=lambda _: None)
    try:
        kafka = KafkaSettings(
            brokers=await broker.start(), **{**APACHE_KAFKA, "partitions": PARTITIONS}
        )
        await ensure_topics(kafka)
        if name == OURS:
            return await _worker(kafka, folder, sent)
        return await _peer(PEERS[name][0], kafka.brokers, folder, sent)
    finally:
        await broker.stop()


async def _worker(kafka: KafkaSettings, folder: Path, sent: Sent) -> Pass:
    store = ClickHouseSettings(url=f"chdb:{folder / 'store'}")
    settings = Settings(kafka=kafka, clickhouse=store)
    worker = ServiceChild("worker", (), settings, folder, folder)
    try:
        ready = await worker.start(START_S)
        process = psutil.Process(worker.pid)
        before_s, began_s = cpu_s(process), time.monotonic()
        await send(kafka.brokers, sent)
        async with Asking() as asking, asyncio.timeout(DONE_S):
            while True:
                status = await asking.status(ready["url"] + PIPELINE_PATH)
                if sum(status.counters.records.values()) == len(sent) and status.idle:
                    break
                await asyncio.sleep(POLL_S)
        took_s = time.monotonic() - began_s
        told = sum(status.counters.signals.values())
        return Pass(len(sent), told, took_s, cpu_s(process) - before_s)
    finally:
        await worker.stop(10.0)


async def _peer(program: str, broker: str, folder: Path, sent: Sent) -> Pass:
    child = ServiceChild(
        "peer",
        (broker, str(len(sent)), str(folder)),
        Settings(),
        folder,
        folder,
        program=(sys.executable, "-m"),
        command=program,
    )
    await child.start(START_S)
    began_s = time.monotonic()
    await send(broker, sent)
    async with asyncio.timeout(DONE_S):
        ending = await child.ended()
    if not ending.report:
        raise RuntimeError(ending.describe())
    told: dict[str, Any] = ending.report
    return Pass(told["records"], told["signals"], time.monotonic() - began_s, told["cpu_s"])


async def send(broker: str, sent: Sent) -> None:
    """Write all records and wait until the broker has them."""
    async with AIOKafkaProducer(bootstrap_servers=broker, linger_ms=20) as producer:
        for topic, key, value in sent:
            last = await producer.send(topic, value, key=key)
        await last


def cpu_s(process: psutil.Process) -> float:
    """Return the processor time of a process so far, s."""
    times = process.cpu_times()
    return float(times.user + times.system)
