"""The broker goes away and comes back; what fits is kept, what does not is told."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from compose.brokers import apache
from compose.brokers.base import Broker, BrokerError
from compose.brokers.noida import NoidaBroker
from compose.brokers.probe import free_port
from ingest.exchange.config import ExchangeConfig
from ingest.publish.outbox import Outbox
from ingest.publish.producer import OutboxProducer
from ingest.publish.publisher import Publisher
from schemas.kafka.admin import ensure_topics
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    ResetReason,
    StreamState,
)
from schemas.settings import KafkaSettings
from schemas.topics import DEPTH, OPEN_INTEREST, STATUS, TRADES
from tests.support.ingesting.service import TopicReader, ingesting, read_topics, settings_for
from tests.support.servers.availability import unavailable
from tests.support.servers.exchange import Running, running


@dataclass(frozen=True)
class Restartable:
    """A broker that keeps its address and its data over restarts."""

    broker: Broker
    address: str
    ports: tuple[int, ...]
    keeps_all: bool
    """Whether what it has acknowledged survives its own clean end, whatever the load."""


@pytest.fixture(params=["noida", pytest.param("apache", marks=pytest.mark.kafka)])
async def restartable(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Restartable]:
    """Both kinds of broker."""
    ports = (free_port(), free_port())
    asked = cycle(ports)
    # Apache Kafka asks for two free ports at every start: its own and the controller's.
    monkeypatch.setattr(apache, "free_port", lambda: next(asked))
    broker: Broker = (
        NoidaBroker(tmp_path / "data", tmp_path, ports[0])
        if request.param == "noida"
        else apache.ApacheBroker(tmp_path / "data", tmp_path, say=print)
    )
    try:
        address = await broker.start()
    except BrokerError as error:
        unavailable(str(error))
    try:
        yield Restartable(broker, address, ports, keeps_all=request.param == "apache")
    finally:
        await broker.stop()


@asynccontextmanager
async def away(broker: Broker, *ports: int) -> AsyncIterator[None]:
    """Stop the broker for the length of the block; nobody else gets its ports meanwhile."""
    await broker.stop()
    with ExitStack() as held:
        for port in ports:
            # Bound and not listening: who connects is refused.
            holder = held.enter_context(socket.socket())
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind(("127.0.0.1", port))
        yield
    await broker.start()


async def sent(exchange: Running) -> int:
    """Return how many frames the exchange has sent."""
    count: int = (await exchange.status())["frames_sent_total"]
    return count


async def until_sent(exchange: Running, frames: int) -> None:
    """Wait until the exchange has sent so many frames."""
    async with asyncio.timeout(60.0):
        while True:
            if await sent(exchange) >= frames:
                return
            await asyncio.sleep(0.05)


def check_contiguous(depth: list[Any], lost_by_broker: int) -> None:
    """Every update follows the one before; a snapshot stands only after a reset.

    Where the broker has lost records that it had acknowledged, which the embedded one may do when
    it stops under load, this must hold again from a later reset on.
    """
    if lost_by_broker:
        resets = [n for n, r in enumerate(depth) if isinstance(r, BookReset)]
        depth = depth[resets[-1] :]
        assert any(isinstance(record, DepthSnapshot) for record in depth)
    for before, after in pairwise(depth):
        assert after.event_time >= before.event_time
        if isinstance(after, DepthDiff):
            assert not isinstance(before, BookReset)
            if isinstance(before, DepthDiff):
                assert after.prev_update_id == before.last_update_id
        if isinstance(after, DepthSnapshot):
            assert isinstance(before, BookReset)


async def test_nothing_is_lost_or_repeated_while_the_broker_is_away(
    restartable: Restartable,
) -> None:
    broker, address = restartable.broker, restartable.address
    async with running(ExchangeConfig(symbols=("BTCUSDT", "ETHUSDT"))) as exchange:
        settings = settings_for(address, exchange.ready, symbols=("BTCUSDT", "ETHUSDT"))
        await ensure_topics(settings.kafka)
        async with ingesting(settings) as ingest:
            await until_sent(exchange, 100)
            async with away(broker, *restartable.ports):
                await until_sent(exchange, await sent(exchange) + 300)
            await until_sent(exchange, await sent(exchange) + 100)
            async with TopicReader(address, DEPTH, TRADES) as reader:
                goal = await sent(exchange)
                await reader.until(lambda: len(reader.values[DEPTH.name]) > 200)
                await until_sent(exchange, goal + 20)
        report = ingest.report
    values = await read_topics(address, DEPTH, TRADES, STATUS, OPEN_INTEREST)
    lost = report["records_lost_by_broker"]
    assert restartable.keeps_all is False or lost == 0
    # On a busy machine the last ones may not have been acknowledged within the time of a stop.
    published, read = report["records"][DEPTH.name], len(values[DEPTH.name])
    assert read <= published <= read + lost + report["records_not_taken"]
    if not lost:
        assert (report["gaps"], report["depth_records_lost"], report["trades_lost"]) == (0, 0, 0)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        depth = [
            record
            for record in values[DEPTH.name]
            if record.symbol == symbol and not isinstance(record, DepthHeartbeat)
        ]
        check_contiguous(depth, lost)
        if lost:
            continue
        assert sum(isinstance(record, DepthSnapshot) for record in depth) == 1
        trades = [t for p in values[TRADES.name] if p.symbol == symbol for t in p.trades]
        numbers = [trade.trade_id for trade in trades]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert lost or report["resyncs"] == 0


async def test_beyond_the_bound_the_loss_is_told_and_the_book_starts_anew(tmp_path: Path) -> None:
    port = free_port()
    broker = NoidaBroker(tmp_path / "data", tmp_path, port)
    address = await broker.start()
    try:
        # So fast that a few seconds of the simulated book need more than 1 MiB.
        async with running(ExchangeConfig(symbols=("BTCUSDT",), speed=10.0)) as exchange:
            settings = settings_for(address, exchange.ready, outbox_mb=1)
            await ensure_topics(settings.kafka)
            async with ingesting(settings) as ingest:
                await until_sent(exchange, 50)
                async with away(broker, port), asyncio.timeout(60.0):
                    while True:
                        facts = await ingest.metrics()
                        if facts["wallwatch_ingest_records_lost_total"]:
                            break
                        await asyncio.sleep(0.1)
                async with TopicReader(address, DEPTH) as reader:
                    depth = reader.values[DEPTH.name]
                    await reader.until(
                        lambda: sum(isinstance(r, DepthSnapshot) for r in depth) >= 2, 30.0
                    )
                    await reader.until(lambda: isinstance(depth[-1], DepthDiff))
            report = ingest.report
        values = await read_topics(address, DEPTH, STATUS)
    finally:
        await broker.stop()
    depth = [r for r in values[DEPTH.name] if not isinstance(r, DepthHeartbeat)]
    check_contiguous(depth, report["records_lost_by_broker"])
    reasons = dict.fromkeys(r.reason for r in depth if isinstance(r, BookReset))
    assert list(reasons) == [ResetReason.START, ResetReason.OVERFLOW]
    assert report["depth_records_lost"] > 0
    states = [s for s in values[STATUS.name] if s.stream == "btcusdt@depth@100ms"]
    told = [s.reason for s in states if s.state is StreamState.GAP]
    assert any("lost since the start" in reason for reason in told)
    assert states[-1].state is StreamState.UP


async def test_records_of_a_producer_that_failed_are_neither_lost_nor_repeated(
    tmp_path: Path,
) -> None:
    broker = NoidaBroker(tmp_path / "data", tmp_path, free_port())
    address = await broker.start()
    settings = KafkaSettings(brokers=address, partitions=2, retention_ms=-1, linger_ms=0)
    try:
        await ensure_topics(settings)
        outbox = Outbox(1 << 20)
        acknowledged = 0

        def fail_now_and_then(latency_s: float) -> None:
            nonlocal acknowledged
            acknowledged += 1
            if acknowledged % 170 == 0:
                # As a fatal error would, with records in flight.
                producer.fail(KafkaError("a fault"))

        pending = asyncio.Event()
        producer = OutboxProducer(settings, outbox, pending, fail_now_and_then, lambda: None)
        publisher = Publisher(outbox, pending.set)
        await producer.start()
        running = asyncio.create_task(producer.run())
        expected = 1_000
        for number in range(1, expected + 1):
            publisher.put(DepthHeartbeat(venue="v", symbol="S", event_time=number, received_us=1))
            if number % 50 == 0:
                await asyncio.sleep(0.002)
        await asyncio.wait_for(producer.flush(), 20.0)
        assert producer.rebuilds >= 2
        running.cancel()
        await asyncio.wait((running,))
        await producer.close(1.0)
        values = await read_topics(address, DEPTH)
    finally:
        await broker.stop()
    assert [r.event_time for r in values[DEPTH.name]] == list(range(1, expected + 1))


@pytest.mark.kafka
async def test_a_record_that_the_broker_refuses_holds_nothing_up(tmp_path: Path) -> None:
    broker = apache.ApacheBroker(tmp_path / "data", tmp_path, say=print)
    try:
        address = await broker.start()
    except BrokerError as error:
        unavailable(str(error))
    settings = KafkaSettings(
        brokers=address, partitions=2, retention_ms=-1, linger_ms=0, compression="none"
    )
    try:
        await ensure_topics(settings)
        await lower_limit(address, DEPTH.name, 20_000)
        outbox = Outbox(1 << 20)
        told: list[str] = []
        pending = asyncio.Event()
        producer = OutboxProducer(
            settings, outbox, pending, lambda latency_s: None, lambda: told.append("lost")
        )
        publisher = Publisher(outbox, pending.set)
        await producer.start()
        running = asyncio.create_task(producer.run())
        levels = [(float(price), 1.0) for price in range(1, 5_000)]
        ids = {"first_update_id": 1, "last_update_id": 2, "prev_update_id": 0}
        for number in range(1, 101):
            head = {"venue": "v", "symbol": "S", "event_time": number, "received_us": 1}
            publisher.put(DepthHeartbeat(**head))
            if number == 50:
                publisher.put(DepthDiff(**head, **ids, bids=levels, asks=[]))
        await asyncio.wait_for(producer.flush(), 60.0)
        running.cancel()
        await asyncio.wait((running,))
        await producer.close(1.0)
        values = await read_topics(address, DEPTH)
    finally:
        await broker.stop()
    assert [r.event_time for r in values[DEPTH.name]] == list(range(1, 101))
    assert (outbox.refused, told) == (1, ["lost"])


async def lower_limit(address: str, topic: str, size: int) -> None:
    """Let the broker refuse records of the topic above `size` bytes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        resource = ConfigResource(
            ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": str(size)}
        )
        await admin.alter_configs([resource])
    finally:
        await admin.close()
