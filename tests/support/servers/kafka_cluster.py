"""Three brokers of Apache Kafka on loopback, set up as the overlay for several machines says."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGKILL
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient

from compose.brokers.apache import HEAP, PROPERTIES, cluster_id, find_java
from compose.brokers.child import BrokerChild
from compose.brokers.jars import RESOURCES, kafka_jars
from compose.brokers.probe import free_port
from compose.stack.process import ChildProcess

COUNT: Final = 3
START_S: Final = 180.0
FORMAT_S: Final = 120.0
ISR_S: Final = 120.0
POLL_S: Final = 0.2
PREFIX: Final = "KAFKA_"
VOTERS: Final = "controller.quorum.voters"


def properties_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the broker properties that variables of Kafka's image stand for."""
    return {
        name.removeprefix(PREFIX).lower().replace("_", "."): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }


class KafkaCluster:
    """Brokers that are controllers as well, each a JVM of its own with data below `folder`."""

    def __init__(self, folder: Path, java: list[str | Path], quorum: Mapping[str, str]) -> None:
        self._folder, self._java = folder, java
        self._cluster = cluster_id(uuid.uuid4())
        self._ports = [free_port() for _ in range(COUNT)]
        self._controllers = [free_port() for _ in range(COUNT)]
        voters = ",".join(
            f"{number}@127.0.0.1:{port}" for number, port in enumerate(self._controllers, 1)
        )
        self._quorum = {**properties_of(quorum), VOTERS: voters}
        self._children = [
            BrokerChild(
                f"broker {number}", self._log(number), start_deadline_s=START_S, stop_grace_s=1.0
            )
            for number in range(1, COUNT + 1)
        ]

    @property
    def bootstrap(self) -> str:
        """All brokers, for clients."""
        return ",".join(f"127.0.0.1:{port}" for port in self._ports)

    async def start(self) -> None:
        """Start all: no controller is elected before two are there. Raises BrokerError."""
        await asyncio.gather(*(self._format(number) for number in range(1, COUNT + 1)))
        await asyncio.gather(*(self.start_one(number) for number in range(1, COUNT + 1)))

    async def start_one(self, number: int) -> None:
        """Start one broker, for the first time or again. Raises BrokerError."""
        command = [*self._java, "kafka.Kafka", self._properties(number)]
        address = f"127.0.0.1:{self._ports[number - 1]}"
        await self._children[number - 1].start(command, address)

    async def kill(self, number: int) -> None:
        """End one with SIGKILL."""
        child = self._children[number - 1]
        assert child.pid is not None
        os.kill(child.pid, SIGKILL)
        await child.died()
        await child.stop(0)

    async def stop(self) -> None:
        """End all."""
        await asyncio.gather(*(child.stop(0) for child in self._children))

    async def replicas(self) -> dict[str, tuple[int, int]]:
        """Return the fewest replicas, and the fewest in sync, of the partitions of each topic."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            await admin.start()
            found = await admin.describe_topics(sorted(await admin.list_topics()))
            return {
                topic["topic"]: (
                    min(len(partition["replicas"]) for partition in topic["partitions"]),
                    min(len(partition["isr"]) for partition in topic["partitions"]),
                )
                for topic in found
            }
        finally:
            await admin.close()

    async def until_in_sync(self, count: int) -> None:
        """Wait until so many replicas of every partition are in sync. Raises TimeoutError."""
        async with asyncio.timeout(ISR_S):
            while True:
                if {in_sync for _, in_sync in (await self.replicas()).values()} == {count}:
                    return
                await asyncio.sleep(POLL_S)

    def _log(self, number: int) -> Path:
        return self._folder / f"broker-{number}.log"

    def _properties(self, number: int) -> Path:
        return self._folder / f"broker-{number}.properties"

    async def _format(self, number: int) -> None:
        text = PROPERTIES.format(
            port=self._ports[number - 1],
            controller_port=self._controllers[number - 1],
            log_dir=self._folder / f"data-{number}",
        )
        # What comes later holds.
        own = {**self._quorum, "node.id": str(number)}
        lines = [f"{name}={value}" for name, value in own.items()]
        self._properties(number).write_text(text + "\n".join(lines) + "\n", encoding="utf-8")
        tool = ["kafka.tools.StorageTool", "format", "-t", self._cluster]
        command = [*self._java, *tool, "-c", self._properties(number)]
        child = await ChildProcess.spawn("kafka-storage", command, self._log(number))
        code = await asyncio.wait_for(child.wait(), FORMAT_S)
        assert code == 0, child.log_tail(3)


@asynccontextmanager
async def kafka_cluster(folder: Path, quorum: Mapping[str, str]) -> AsyncIterator[KafkaCluster]:
    """Run three brokers with the variables of the overlay. Raises BrokerError without Java."""
    java = await asyncio.to_thread(find_java)
    jars = await kafka_jars(print)
    logging = f"-Dlog4j2.configurationFile={RESOURCES / 'log4j2.properties'}"
    options = [HEAP, "-XX:+UseSerialGC", logging]
    cluster = KafkaCluster(folder, [java, *options, "-cp", f"{jars}/*"], quorum)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()
