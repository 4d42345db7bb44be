"""A broker that somebody else runs."""

import asyncio
import re

from compose.brokers.base import BrokerError
from compose.brokers.probe import kafka_problem
from compose.errors import UsageError
from schemas.settings import KafkaSettings

ADDRESS = re.compile(r"[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*")
PROBE_TIMEOUT_S = 5.0


class ExternalBroker:
    """HOST:PORT[,HOST:PORT...]: checked, used, never stopped."""

    def __init__(self, address: str, kafka: KafkaSettings | None = None) -> None:
        """`kafka` tells how to connect. Raises UsageError where `address` is no such list."""
        ports = [int(part.rpartition(":")[2]) for part in address.split(",") if ":" in part]
        if not ADDRESS.fullmatch(address) or not all(0 < port < 65_536 for port in ports):
            raise UsageError(
                f"--broker {address!r}: give noida, apache or HOST:PORT[,HOST:PORT...]"
            )
        self._address = address
        self._kafka = kafka

    @property
    def description(self) -> str:
        """The address."""
        return f"Kafka at {self._address}"

    @property
    def pid(self) -> int | None:
        """None: it is not ours."""
        return None

    async def start(self) -> str:
        """Check that it answers. Raises BrokerError."""
        problem = await kafka_problem(self._address, PROBE_TIMEOUT_S, self._kafka)
        if problem is not None:
            raise BrokerError(
                f"no Kafka broker reachable at {self._address}: {problem}; "
                "start it, or let wallwatch run one with --broker noida"
            )
        return self._address

    async def stop(self, grace_s: float | None = None) -> None:
        """Leave it alone."""

    async def died(self) -> str:
        """Never returns: its life is not ours to watch."""
        await asyncio.Event().wait()
        raise AssertionError("unreachable")
