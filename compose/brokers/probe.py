"""Whether something at an address answers the Kafka protocol."""

import asyncio
import socket
import time
from collections.abc import Callable
from random import Random
from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from compose.brokers.base import BrokerError
from schemas.kafka.client_options import client_options
from schemas.settings import KafkaSettings

RETRY_S = 0.05
NOT_OUTGOING: Final = range(20_000, 32_768)
"""Below what Linux, macOS and IANA take for outgoing connections (`ip_local_port_range`)."""


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on right now.

    It is none that the system gives to outgoing connections: of those, one may be taken before the
    server that it is chosen for has started.
    """
    for port in Random().sample(NOT_OUTGOING, len(NOT_OUTGOING)):
        if port_problem("127.0.0.1", port) is None:
            return port
    raise BrokerError(f"no port of {NOT_OUTGOING.start} to {NOT_OUTGOING.stop - 1} is free")


def port_problem(host: str, port: int) -> str | None:
    """Return why nobody could listen on the port right now; None where it is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # The servers' own option too; without it a port that was just closed looks taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


async def kafka_problem(
    bootstrap: str, timeout_s: float, kafka: KafkaSettings | None = None
) -> str | None:
    """Ask for the cluster's metadata once. Returns None if it came, else what went wrong.

    `kafka` tells how to connect; None: without encryption and user.
    """
    try:
        async with asyncio.timeout(timeout_s):
            problems = [await _connect_problem(address) for address in bootstrap.split(",")]
            if all(problems):
                return problems[0]
            return await _metadata_problem(bootstrap, timeout_s, kafka or KafkaSettings())
    except TimeoutError:
        return f"no answer within {timeout_s:g} s"


async def wait_for_kafka(
    bootstrap: str, deadline_s: float, still_alive: Callable[[], bool]
) -> str | None:
    """Poll until metadata comes, the deadline passes or `still_alive` says no.

    Returns None on success, else the last problem.
    """
    end = time.monotonic() + deadline_s
    while True:
        problem = await kafka_problem(bootstrap, timeout_s=2.0)
        if problem is None or time.monotonic() >= end or not still_alive():
            return problem
        await asyncio.sleep(RETRY_S)


async def _connect_problem(address: str) -> str | None:
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError as error:
        return error.strerror or str(error)
    writer.close()
    return None


async def _metadata_problem(bootstrap: str, timeout_s: float, kafka: KafkaSettings) -> str | None:
    options = client_options(kafka) | {"bootstrap_servers": bootstrap}
    client = AIOKafkaClient(**options, request_timeout_ms=max(1, int(timeout_s * 1000)))
    try:
        await client.bootstrap()
        return None if client.cluster.brokers() else "its metadata names no broker yet"
    except (KafkaError, OSError) as error:
        return f"it does not speak the Kafka protocol ({error})"
    finally:
        await client.close()
