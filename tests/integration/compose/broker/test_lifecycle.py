"""The brokers that wallwatch starts: they answer, keep their data, and leave nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from compose.brokers.apache import ApacheBroker
from compose.brokers.base import Broker, BrokerError
from compose.brokers.external import ExternalBroker
from compose.brokers.jars import kafka_jars
from compose.brokers.noida import NoidaBroker
from compose.brokers.probe import free_port, kafka_problem
from tests.support.servers.kafka import unique_name

VALUES = [f"value {number}".encode() for number in range(100)]


async def test_the_shared_brokers_answer(noida_kafka: str) -> None:
    assert await kafka_problem(noida_kafka, timeout_s=5) is None
    assert await ExternalBroker(noida_kafka).start() == noida_kafka


@pytest.mark.kafka
async def test_the_shared_apache_kafka_carries_records(apache_kafka: str) -> None:
    topic = unique_name("records")
    await _create(apache_kafka, topic)
    await _send(apache_kafka, topic)
    assert await _read(apache_kafka, topic) == VALUES


async def test_noida_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    await _assert_data_survive(NoidaBroker(tmp_path / "data", tmp_path))


@pytest.mark.kafka
async def test_apache_kafka_keeps_its_data_over_a_restart(
    tmp_path: Path, apache_kafka: str
) -> None:
    # The shared broker is asked for so that a machine without Java skips here too.
    assert apache_kafka
    await _assert_data_survive(ApacheBroker(tmp_path / "data", tmp_path, say=print))


async def test_a_port_in_use_is_one_clear_error(tmp_path: Path, noida_kafka: str) -> None:
    port = int(noida_kafka.rpartition(":")[2])
    broker = NoidaBroker(tmp_path / "data", tmp_path, port=port)
    with pytest.raises(BrokerError, match=rf"did not start on 127\.0\.0\.1:{port}: Address"):
        await broker.start()
    assert broker.pid is None


async def test_an_unreachable_broker_is_one_clear_error() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError, match=f"no Kafka broker reachable at {address}"):
        await ExternalBroker(address).start()


async def test_a_server_that_is_no_kafka_is_one_clear_error() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BrokerError, match="no Kafka broker reachable"):
            await ExternalBroker(f"127.0.0.1:{port}").start()


async def test_without_maven_the_error_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerError, match="needs Maven"):
        await kafka_jars(print, cache=tmp_path / "cache")


async def test_without_java_the_error_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BrokerError, match="needs Java"):
        await ApacheBroker(tmp_path / "data", tmp_path, say=print).start()


STARTER = """
import asyncio, sys
from pathlib import Path
from compose.brokers.noida import NoidaBroker

async def main() -> None:
    broker = NoidaBroker(Path(sys.argv[1]), Path(sys.argv[1]))
    await broker.start()
    print(broker.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_broker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        broker = psutil.Process(int(parent.stdout.readline()))
        family = psutil.Process(parent.pid).children(recursive=True)
        assert broker in family
        os.kill(parent.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=5)
    # The guard may still sleep before its last check; the broker must be gone.
    assert broker not in alive


async def _assert_data_survive(broker: Broker) -> None:
    topic = unique_name("kept")
    bootstrap = await broker.start()
    assert broker.pid is not None
    first = psutil.Process(broker.pid)
    await _create(bootstrap, topic)
    await _send(bootstrap, topic)
    await broker.stop()
    assert not first.is_running()
    bootstrap = await broker.start()
    try:
        assert await _read(bootstrap, topic) == VALUES
    finally:
        await broker.stop()


async def _create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()


async def _send(bootstrap: str, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        for value in VALUES:
            await producer.send_and_wait(topic, value, partition=0)
    finally:
        await producer.stop()


async def _read(bootstrap: str, topic: str) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        async with asyncio.timeout(20):
            return [(await consumer.getone()).value for _ in VALUES]
    finally:
        await consumer.stop()
