"""A worker process, records for it, and what should come of them."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGSTOP
from typing import Any

import aiohttp
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from compose.brokers.apache import ApacheBroker
from compose.brokers.base import Broker, BrokerError
from compose.brokers.noida import NoidaBroker
from ingest.errors import IngestError
from ingest.publish.outbox import Outbox
from ingest.publish.outlet import PutResult
from ingest.publish.producer import OutboxProducer
from ingest.publish.publisher import Publisher
from processors.engine.engine import MarketEngine
from schemas.clickhouse.connect import connect
from schemas.kafka.consumer import ClosingConsumer
from schemas.settings import ClickHouseSettings, KafkaSettings, Settings
from schemas.topics import DEPTH, OPEN_INTEREST, SIGNALS, TOPIC_OF_SIGNAL, TRADES
from tests.support.markets.market import VENUE, MarketLog, random_log
from tests.support.servers.availability import unavailable

PARTITIONS = 2
FRAMES = 700
IDLE_S = 90.0
PROBE_S = 40.0
READY_S = 60.0
STOP_S = 10.0
KILLS = 3
PART_S = 1.5
OUTBOX_BYTES = 64_000_000
AGAIN_S = 0.5
SEEDS = {"AAA": 0, "BBB": 2, "CCC": 4, "DDD": 5, "EEE": 6}

Rows = dict[str, dict[str, Any]]
"""Signals by topic and event id."""


def market_logs() -> dict[str, MarketLog]:
    """Return the records of a few symbols."""
    return {symbol: random_log(seed, FRAMES) for symbol, seed in SEEDS.items()}


@contextmanager
def running_broker(kind: str, folder: Path) -> Iterator[str]:
    """HOST:PORT of a broker that no other test uses, because the topics have fixed names."""
    chosen: Broker = (
        NoidaBroker(folder / "noida", folder)
        if kind == "noida"
        else ApacheBroker(folder / "apache", folder, say=print)
    )
    with asyncio.Runner() as runner:
        try:
            bootstrap = runner.run(chosen.start())
        except BrokerError as error:
            unavailable(str(error))
        try:
            yield bootstrap
        finally:
            runner.run(chosen.stop())


def worker_settings(broker: str, folder: Path, **worker: Any) -> Settings:
    """Return settings with short intervals, so that much happens in little time."""
    return Settings.model_validate(
        {
            "kafka": {
                "brokers": broker,
                "partitions": PARTITIONS,
                "retention_ms": -1,
                "session_timeout_s": 6,
            },
            "clickhouse": {"url": f"chdb:{folder / 'store'}", "batch_ms": 100},
            "worker": {"checkpoint_s": 0.7, "max_ahead": 100, **worker},
        }
    )


class Worker:
    """A worker process that can be killed and started again."""

    def __init__(self, settings: Settings, log_path: Path) -> None:
        # What a killed one leaves behind goes with the test's folder.
        temporary = {"TMPDIR": str(log_path.parent)}
        self._environment = {**os.environ, **temporary, **settings.as_environment()}
        self._log_path = log_path
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""
        self.metrics_url = ""

    @property
    def runs(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        with self._log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.integration.processors.worker_child",
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=1 << 24,
            )
        assert self._process.stdout is not None
        ready = json.loads(await asyncio.wait_for(self._process.stdout.readline(), READY_S))
        assert ready["ready"] is True, ready
        self.url, self.metrics_url = ready["url"], ready["metrics_url"]

    async def kill(self) -> None:
        """End it with SIGKILL."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    def freeze(self) -> None:
        """Stop it in the midst of what it does, with SIGSTOP: to its peers it is gone."""
        assert self._process is not None
        self._process.send_signal(SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, as if no time had passed."""
        assert self._process is not None
        self._process.send_signal(SIGCONT)

    async def stop(self) -> dict[str, Any]:
        """End it with SIGTERM and return its report."""
        assert self._process is not None
        self._process.terminate()
        out, _ = await asyncio.wait_for(self._process.communicate(), STOP_S)
        assert self._process.returncode == 0
        report: dict[str, Any] = json.loads(out.splitlines()[-1])
        return report

    async def status(self) -> dict[str, Any]:
        """Return the status as served."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/status") as answer,
        ):
            document: dict[str, Any] = await answer.json()
            return document

    async def metrics(self, url: str | None = None) -> dict[str, float]:
        """Return the metrics as they are served, labels as part of the name."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(url or self.metrics_url) as answer,
        ):
            text = await answer.text()
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in lines}

    async def probe(self, path: str) -> tuple[int, list[str]]:
        """Return the status and the reasons of /healthz or /readyz."""
        url = self.metrics_url.removesuffix("/metrics") + path
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, (await answer.json())["reasons"]

    async def until_probe(self, path: str, status: int) -> list[str]:
        """Wait until a probe answers with `status`; returns its reasons."""
        reasons: list[str] = []
        try:
            async with asyncio.timeout(PROBE_S):
                while True:
                    found, reasons = await self.probe(path)
                    if found == status:
                        return reasons
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{path} never said {status}: {reasons}") from None

    async def until_signals(self) -> None:
        """Wait until it has made something of what was sent."""
        async with asyncio.timeout(IDLE_S):
            while True:
                if (await self.status())["counters"]["signals"]:
                    return
                await asyncio.sleep(0.05)

    async def until_idle(self) -> dict[str, Any]:
        """Wait until everything is processed and stored, and return the status of then."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + IDLE_S
        while not (status := await self.status())["idle"]:
            assert loop.time() < deadline, status
            await asyncio.sleep(0.1)
        return status

    async def until_checkpointed(self) -> None:
        """Wait until the states of now are written: a checkpoint under way may be older."""
        before = (await self.status())["counters"]["checkpoints"]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + IDLE_S
        while (status := await self.status())["counters"]["checkpoints"] < before + 2:
            assert loop.time() < deadline, status
            await asyncio.sleep(0.05)


def in_parts(logs: dict[str, MarketLog], count: int) -> list[dict[str, MarketLog]]:
    """Return the logs cut into `count` consecutive parts of about the same size."""

    def cut(values: list[Any], part: int) -> list[Any]:
        return values[len(values) * part // count : len(values) * (part + 1) // count]

    return [
        {
            symbol: MarketLog(cut(log.depth, part), cut(log.trades, part), cut(log.polls, part))
            for symbol, log in logs.items()
        }
        for part in range(count)
    ]


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


async def send(
    broker: str, logs: dict[str, MarketLog], seconds: float, partitions: int = PARTITIONS
) -> None:
    """Send all logs within `seconds`, the symbols and their topics in a random interleaving, as
    ingest does: a broker that fails meanwhile costs no record and doubles none."""
    random = Random(1)
    queues = {
        symbol: [value for value, _ in log.interleaved(random)] for symbol, log in logs.items()
    }
    total = sum(len(queue) for queue in queues.values())
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    async with _publisher(KafkaSettings(brokers=broker, partitions=partitions)) as publisher:
        while any(queues.values()):
            symbol = random.choice([symbol for symbol, queue in queues.items() if queue])
            batch, queues[symbol] = queues[symbol][:20], queues[symbol][20:]
            for value in batch:
                # The store drops rows by the age of their receipt.
                received_us = time.time_ns() // 1_000
                record = value.model_copy(update={"symbol": symbol, "received_us": received_us})
                assert publisher.put(record) is PutResult.TAKEN
            sent += len(batch)
            await asyncio.sleep(max(0.0, began + seconds * sent / total - loop.time()))


@asynccontextmanager
async def _publisher(settings: KafkaSettings) -> AsyncIterator[Publisher]:
    """Ingest's own way to the log; on leaving, the broker has acknowledged everything."""
    outbox, pending, lost = Outbox(OUTBOX_BYTES), asyncio.Event(), list[str]()
    producer = OutboxProducer(settings, outbox, pending, _ignore, lambda: lost.append("record"))
    await _started(producer)
    sending = asyncio.create_task(producer.run())
    try:
        yield Publisher(outbox, pending.set)
        await producer.flush()
    finally:
        sending.cancel()
        await asyncio.wait([sending])
        await producer.close(0.0)
    assert lost == []


async def _started(producer: OutboxProducer) -> None:
    """Start it again until the broker answers, as who watches over ingest does."""
    async with asyncio.timeout(IDLE_S):
        while True:
            try:
                return await producer.start()
            except IngestError:
                await asyncio.sleep(AGAIN_S)


def _ignore(acknowledged_s: float) -> None:
    """How long acknowledgements take is of no interest here."""


async def delete_everything(broker: str) -> None:
    """Do what retention does to records that are too old."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        topics = (DEPTH, TRADES, OPEN_INTEREST)
        partitions = [TopicPartition(t.name, n) for t in topics for n in range(PARTITIONS)]
        all_of_it = {partition: RecordsToDelete(before_offset=-1) for partition in partitions}
        await admin.delete_records(all_of_it)
    finally:
        await admin.close()


async def killed_while_sent(
    worker: Worker, broker: str, logs: dict[str, MarketLog]
) -> dict[str, Any]:
    """Start a worker and kill it KILLS times at random moments while the logs are sent; return its
    status once everything is applied."""
    await worker.start()
    random = Random()
    *parts, last = in_parts(logs, KILLS + 1)
    for part in parts:
        sending = asyncio.create_task(send(broker, part, PART_S))
        await asyncio.sleep(random.uniform(0.2, PART_S))
        await worker.kill()
        await worker.start()
        await sending
    await send(broker, last, 0.5)
    return await worker.until_idle()


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


async def produced_signals(broker: str, partitions: int = PARTITIONS) -> dict[str, Rows]:
    """Read back the signal topics; a signal that is there twice must be the same."""
    rows: dict[str, Rows] = {}
    for topic in SIGNALS:
        found = rows[topic.name] = {}
        for record in await records(broker, topic.name, partitions):
            document = json.loads(record.value)
            del document["received_us"]
            assert found.setdefault(document["event_id"], document) == document
    return rows


async def records(broker: str, topic: str, partitions: int) -> list[Any]:
    """Return every record of a topic."""
    tps = [TopicPartition(topic, number) for number in range(partitions)]
    consumer = ClosingConsumer(bootstrap_servers=broker, auto_offset_reset="earliest")
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


def stored_signals(store: ClickHouseSettings) -> dict[str, Rows]:
    """Return the rows of all tables as the documents that they were made of, by topic and id."""
    client = connect(store)
    try:
        found: dict[str, Rows] = {topic.name: {} for topic in SIGNALS}
        for model, topic in TOPIC_OF_SIGNAL.items():
            columns = [name for name in model.model_fields if name != "received_us"]
            result = client.query(f"SELECT {', '.join(columns)} FROM {model.table}_rows FINAL")
            for values in result.result_rows:
                row = dict(zip(columns, values, strict=True))
                if "evidence" in row:
                    row["evidence"] = json.loads(row["evidence"])
                assert row["event_id"] not in found[topic.name], row
                found[topic.name][row["event_id"]] = row
        return found
    finally:
        client.close()


def stored_ids(store: Path) -> dict[str, set[str]]:
    """Return the event ids in the tables by topic; no id is there twice."""
    client = connect(ClickHouseSettings(url=f"chdb:{store}"))
    try:
        found: dict[str, set[str]] = {}
        for model, topic in TOPIC_OF_SIGNAL.items():
            ids = [
                row[0]
                for row in client.query(
                    f"SELECT event_id FROM {model.table}_rows FINAL"
                ).result_rows
            ]
            assert len(ids) == len(set(ids))
            if ids:
                found.setdefault(topic.name, set()).update(ids)
        return found
    finally:
        client.close()
