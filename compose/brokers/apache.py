"""Apache Kafka without Docker: one KRaft node on loopback, for one box with Java 17."""

import asyncio
import os
import re
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from compose.brokers.base import BrokerError, Say
from compose.brokers.child import BrokerChild
from compose.brokers.jars import RESOURCES, kafka_jars, kafka_version
from compose.brokers.probe import free_port
from compose.stack.process import ChildProcess

MINIMUM_JAVA = 17
START_DEADLINE_S = 60.0
STOP_GRACE_S = 4.0
FORMAT_DEADLINE_S = 60.0
HEAP = "-Xmx512m"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log_dir}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""


class ApacheBroker:
    """A single-node Apache Kafka, broker and controller in one JVM, data below `data_dir`."""

    def __init__(self, data_dir: Path, log_dir: Path, say: Say, cache: Path | None = None) -> None:
        self._data_dir = data_dir
        self._log_path = log_dir / "broker.log"
        self._say = say
        self._cache = cache
        self._child = BrokerChild(
            "Apache Kafka",
            self._log_path,
            start_deadline_s=START_DEADLINE_S,
            stop_grace_s=STOP_GRACE_S,
        )

    @property
    def description(self) -> str:
        """Name and version."""
        return f"Apache Kafka {kafka_version()}"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid

    async def start(self) -> str:
        """Fetch the jars if need be, format the storage once, start. Raises BrokerError."""
        java = await asyncio.to_thread(find_java)
        jars = await kafka_jars(self._say, self._cache)
        self._data_dir.mkdir(parents=True, exist_ok=True)
        port = free_port()
        properties = self._write_properties(port)
        run_java: list[str | Path] = [
            java,
            HEAP,
            "-XX:+UseSerialGC",
            f"-Dlog4j2.configurationFile={RESOURCES / 'log4j2.properties'}",
            "-cp",
            f"{jars}/*",
        ]
        await self._format(run_java, properties)
        bootstrap = f"127.0.0.1:{port}"
        await self._child.start([*run_java, "kafka.Kafka", properties], bootstrap)
        return bootstrap

    async def stop(self, grace_s: float | None = None) -> None:
        """End the JVM with SIGTERM, on which it closes its log."""
        await self._child.stop(grace_s)

    async def died(self) -> str:
        """Return how it ended, once it has."""
        return await self._child.died()

    def _write_properties(self, port: int) -> Path:
        controller_port = free_port()
        path = self._data_dir / "server.properties"
        text = PROPERTIES.format(
            port=port,
            controller_port=controller_port,
            log_dir=str(self._data_dir / "log").replace("\\", "\\\\"),
        )
        path.write_text(text, encoding="utf-8")
        return path

    async def _format(self, run_java: list[str | Path], properties: Path) -> None:
        if (self._data_dir / "log" / "meta.properties").is_file():
            return
        cluster = cluster_id(uuid.uuid4())
        child = await ChildProcess.spawn(
            "kafka-storage",
            [*run_java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", properties],
            self._log_path,
        )
        try:
            code = await asyncio.wait_for(child.wait(), FORMAT_DEADLINE_S)
        except TimeoutError:
            code = await child.stop(grace_s=0)
        if code != 0:
            reason = " / ".join(child.log_tail(3))
            raise BrokerError(f"Apache Kafka could not format {self._data_dir}: {reason}")


def cluster_id(seed: uuid.UUID) -> str:
    """Return an id as Kafka writes it: 16 bytes in base64 for URLs, 22 characters.

    Never one that starts with a dash, which the storage tool takes for an option: the first bit is
    cleared, and with it the upper half of the alphabet is out of reach for the first character.
    """
    first, *rest = seed.bytes
    return urlsafe_b64encode(bytes((first & 0x7F, *rest))).decode().rstrip("=")


def find_java() -> Path:
    """Return a Java of at least version 17 from JAVA_HOME or PATH. Raises BrokerError."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    cure = f"install Java {MINIMUM_JAVA} or newer (apt-get install openjdk-17-jre-headless)"
    if found is None or not Path(found).is_file():
        where = f"JAVA_HOME={home} has no bin/java" if home else "no java on the PATH"
        raise BrokerError(f"--broker apache needs Java: {where}; {cure}, or use --broker noida")
    banner = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', banner)
    if version is None or int(version[1]) < MINIMUM_JAVA:
        said = " ".join(banner.splitlines()[:1])
        raise BrokerError(f"--broker apache: {found} is too old ({said}); {cure}")
    return Path(found)
