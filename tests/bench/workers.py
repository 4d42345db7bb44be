"""Several workers over the partitions of a real Apache Kafka, with one real ClickHouse server.

All records of the BTC capture, copied to ten symbols, wait in the log; the workers share its
partitions and work them off. On a machine with fewer cores than processes the time says nothing:
records for a second of processor time tell what a core more would add.

    python -m tests.bench.workers --workers 1 --workers 2 --workers 4
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import click
import psutil

from compose.brokers.apache import ApacheBroker
from compose.stack.plan import APACHE_KAFKA
from compose.stack.service_child import ServiceChild
from compose.stack.status import PIPELINE_PATH
from schemas.kafka.admin import ensure_topics
from schemas.settings import ClickHouseSettings, KafkaSettings, Settings
from tests.bench import history
from tests.bench.all_symbols.asking import Asking
from tests.bench.peers.streams import Sent, copied_capture, cpu_s, send
from tests.support.servers.clickhouse_server import running_server

PARTITIONS: Final = 16
START_S: Final = 300.0
DONE_S: Final = 900.0
POLL_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Figures:
    """One run."""

    workers: int
    records: int
    signals: int
    wall_s: float
    cpu_s: float
    """Of all workers, start-up left out."""
    shares: list[int]
    """Records by worker."""

    @property
    def per_cpu_s(self) -> float:
        """Records for a second of processor time."""
        return self.records / self.cpu_s

    def line(self) -> str:
        """Return the figures for people."""
        return (
            f"{self.workers} workers: {self.records} records, {self.signals} signals in"
            f" {self.wall_s:.1f} s, {self.cpu_s:.1f} s of CPU: {self.records / self.wall_s:.0f}/s,"
            f" {self.per_cpu_s:.0f} for a second of CPU; by worker {self.shares}"
        )


async def measure(count: int, folder: Path, url: str, sent: Sent) -> Figures:
    """Let so many workers work the records off. Raises TimeoutError."""
    async with AsyncExitStack() as stack:
        broker = ApacheBroker(folder / "broker", folder, say=lambda _: None)
        stack.push_async_callback(broker.stop)
        sized = {**APACHE_KAFKA, "partitions": PARTITIONS}
        kafka = KafkaSettings(brokers=await broker.start(), **sized)
        await ensure_topics(kafka)
        store = ClickHouseSettings(url=url, database=f"workers_{count}")
        settings = Settings(kafka=kafka, clickhouse=store)
        workers, pages = [], []
        for number in range(count):
            own = settings.worker.model_copy(update={"instance_id": f"worker-{number}"})
            child = ServiceChild(
                f"worker-{number}",
                (),
                settings.model_copy(update={"worker": own}),
                folder,
                folder,
                command="worker",
            )
            stack.push_async_callback(child.stop, 10.0)
            pages.append((await child.start(START_S))["url"] + PIPELINE_PATH)
            workers.append(psutil.Process(child.pid))
        asking = await stack.enter_async_context(Asking())
        async with asyncio.timeout(START_S):
            while True:
                if all([(await asking.status(page)).topics for page in pages]):
                    break
                await asyncio.sleep(POLL_S)
        before_s, began_s = sum(map(cpu_s, workers)), time.monotonic()
        await send(kafka.brokers, sent)
        async with asyncio.timeout(DONE_S):
            while True:
                found = [await asking.status(page) for page in pages]
                shares = [sum(one.counters.records.values()) for one in found]
                if sum(shares) >= len(sent) and all(one.idle for one in found):
                    break
                await asyncio.sleep(POLL_S)
        return Figures(
            count,
            len(sent),
            sum(sum(one.counters.signals.values()) for one in found),
            time.monotonic() - began_s,
            sum(map(cpu_s, workers)) - before_s,
            shares,
        )


@click.command()
@click.option(
    "--workers", "counts", type=click.IntRange(1, PARTITIONS), multiple=True, default=(1, 2, 4)
)
@click.option("--share", type=click.FloatRange(0.01, 1), default=1.0, help="Of the capture.")
def main(counts: tuple[int, ...], share: float) -> None:
    """Print a line for each number of workers."""
    sent = copied_capture(share)
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="wallwatch-workers-") as name:
            folder = Path(name)
            (folder / "clickhouse").mkdir()
            with running_server(folder / "clickhouse") as url:
                figures = asyncio.run(measure(count, folder, url, sent))
        load = round(os.getloadavg()[0], 1)
        click.echo(f"{figures.line()}; load {load}")
        history.add({"bench": "workers", **asdict(figures), "machine_load": load})


if __name__ == "__main__":
    main()
