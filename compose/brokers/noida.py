"""The embedded broker: the noida-db binary of the Python wheel, for one user on one machine.

It speaks the Kafka protocol in a few MB of memory. It is development grade: killed with -9 it loses
about its last second (more where the machine is full: it saves with what others leave), it does not
evict dead group members, and it rewrites its whole data file while it works, so partitions and
retention are kept small here.
"""

import os
import stat
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from compose.brokers.base import BrokerError
from compose.brokers.child import BrokerChild
from compose.brokers.probe import free_port, port_problem
from compose.brokers.thread_priority import lower_thread_priority

START_DEADLINE_S = 15.0
STOP_GRACE_S = 3.0
SAVING_THREAD = "autosave"
"""Name of the thread that writes the data file anew, once a second."""
SAVING_NICENESS = 10
"""It takes most of the broker's time. Served at once, requests of 600 symbols bring signals a tenth
(p50) to a fifth (p99) sooner."""


class NoidaBroker:
    """noida-db with only its Kafka service, on loopback, data in `data_dir`."""

    def __init__(self, data_dir: Path, log_dir: Path, port: int | None = None) -> None:
        self._data_dir = data_dir
        self._port = port
        self._child = BrokerChild(
            "the embedded broker (noida-db)",
            log_dir / "broker.log",
            start_deadline_s=START_DEADLINE_S,
            stop_grace_s=STOP_GRACE_S,
        )

    @property
    def description(self) -> str:
        """Name and version."""
        return f"noida-db {version('noida-db')}"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid

    async def start(self) -> str:
        """Start the binary and wait until it answers. Raises BrokerError."""
        binary = noida_binary()
        port = self._port or free_port()
        # Asked before: once started, a foreign broker on this port would answer in our name.
        taken = port_problem("127.0.0.1", port)
        if taken is not None:
            raise BrokerError(
                f"the embedded broker did not start on 127.0.0.1:{port}: {taken}; "
                "choose another port, or none for a free one"
            )
        self._data_dir.mkdir(parents=True, exist_ok=True)
        command: list[str | Path] = [binary, "start", "--only", "kafka", "--host", "127.0.0.1"]
        command += ["--kafka-port", str(port), "--data-dir", self._data_dir]
        bootstrap = f"127.0.0.1:{port}"
        await self._child.start(command, bootstrap)
        if self.pid is not None:
            lower_thread_priority(self.pid, SAVING_THREAD, SAVING_NICENESS)
        return bootstrap

    async def stop(self, grace_s: float | None = None) -> None:
        """End it with SIGTERM, on which it saves its data."""
        await self._child.stop(grace_s)

    async def died(self) -> str:
        """Return how it ended, once it has."""
        return await self._child.died()


def noida_binary() -> Path:
    """Return the binary of the wheel, made executable. Raises BrokerError."""
    cure = "install it (pip install noida-db) or choose another broker with --broker"
    try:
        version("noida-db")
    except PackageNotFoundError:
        raise BrokerError(f"the embedded broker is not installed; {cure}") from None
    binary = Path(str(files("noida_db").joinpath("noida-db")))
    if not binary.is_file():
        raise BrokerError(f"the embedded broker's binary is missing ({binary}); {cure}")
    if not os.access(binary, os.X_OK):
        # pip drops the execute bit of package data that it does not know as a script.
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return binary
