"""Hundreds of symbols at ordinary rates: built-in exchange → ingest → Kafka, on this machine.

Exchange and broker are processes of their own; ingest runs here, next to a probe that measures how
late the event loop is. Each symbol sends five depth frames of some twelve levels a second, a mark
price a second and a trade now and then: what an average contract does, not BTCUSDT.

    python -m tests.bench.many_symbols --symbols 300 --seconds 60
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import psutil
import uvloop

from compose.brokers.noida import NoidaBroker
from compose.stack.plan import NOIDA_KAFKA
from compose.stack.service_child import ServiceChild
from ingest.service import run_ingest
from schemas.kafka.admin import ensure_topics
from schemas.settings import IngestSettings, KafkaSettings, Settings

GOAL_MS = 50.0
"""Event-loop lag that 99 of 100 probes stay below."""
PROBE_S = 0.01
START_S = 60.0
STOP_S = 10.0
WARM_UP_S = 15.0
"""Until all books are built; not measured."""
SNAPSHOT_LEVELS = 50
"""The cheapest snapshots: hundreds of large ones would wait for the weight of minutes."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    symbols: int
    seconds: float
    depth_frames_per_s: float
    records_per_s: float
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    own_lag_p99_ms: float
    """Of each probe's lag no more than the CPU time that ingest used meanwhile: what remains of it
    on a machine that has nothing else to do."""
    machine_load: float
    """Processes that wanted to run, one-minute average; far above the cores, lag says nothing."""
    ingest_cpu_pct: float
    """Of one core, the probe included."""
    exchange_cpu_pct: float
    rss_mb: float
    gaps: int
    reconnects: int


class LagProbe:
    """Sleeps again and again and notes how much too long."""

    def __init__(self) -> None:
        self._late_ms: list[float] = []
        self._own_ms: list[float] = []

    async def run(self) -> None:
        """Probe until cancelled."""
        while True:
            due_s, worked_s = time.perf_counter() + PROBE_S, time.thread_time()
            await asyncio.sleep(PROBE_S)
            late_ms = max(0.0, time.perf_counter() - due_s) * 1e3
            self._late_ms.append(late_ms)
            self._own_ms.append(min(late_ms, (time.thread_time() - worked_s) * 1e3))

    def clear(self) -> None:
        """Forget what was measured so far."""
        self._late_ms.clear()
        self._own_ms.clear()

    def percentile(self, share: float) -> float:
        """Return the lag that this share of the probes did not exceed, ms."""
        return _percentile(self._late_ms, share)

    def own_percentile(self, share: float) -> float:
        """Return the same of the lag that ingest itself can have caused, ms."""
        return _percentile(self._own_ms, share)


def _percentile(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 2)


async def measure(exchange_pid: int, settings: Settings, seconds: float) -> Figures:
    """Run ingest against a market that is there."""
    stop, ready = asyncio.Event(), asyncio.Event()
    ingest = asyncio.create_task(run_ingest(settings, stop, lambda _: ready.set()))
    started_s = time.perf_counter()
    probe = LagProbe()
    probing = asyncio.create_task(probe.run())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait((ingest, waiting), timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
    if ingest.done():
        ingest.result()
    await asyncio.sleep(WARM_UP_S)
    own, other = psutil.Process(), psutil.Process(exchange_pid)
    own.cpu_percent()
    other.cpu_percent()
    probe.clear()
    began_s = time.perf_counter()
    await asyncio.sleep(seconds)
    took_s = time.perf_counter() - began_s
    cpu, other_cpu = own.cpu_percent(), other.cpu_percent()
    rss_mb = own.memory_info().rss / 1e6
    percentiles = [probe.percentile(share) for share in (0.5, 0.99, 1.0)]
    own_p99_ms = probe.own_percentile(0.99)
    probing.cancel()
    stop.set()
    report: dict[str, Any] = await ingest
    lived_s = time.perf_counter() - started_s
    return Figures(
        symbols=len(settings.ingest.symbols),
        seconds=round(took_s, 1),
        depth_frames_per_s=round(report["frames"]["DepthUpdate"] / lived_s),
        records_per_s=round(sum(report["records"].values()) / lived_s),
        lag_p50_ms=percentiles[0],
        lag_p99_ms=percentiles[1],
        lag_max_ms=percentiles[2],
        own_lag_p99_ms=own_p99_ms,
        machine_load=round(os.getloadavg()[0], 1),
        ingest_cpu_pct=round(cpu),
        exchange_cpu_pct=round(other_cpu),
        rss_mb=round(rss_mb, 1),
        gaps=report["gaps"],
        reconnects=report["reconnects"],
    )


@asynccontextmanager
async def _market(folder: Path, symbols: tuple[str, ...]) -> AsyncIterator[tuple[int, Settings]]:
    """Run broker and exchange; gives the exchange's process id and the settings for ingest."""
    broker = NoidaBroker(folder / "broker", folder)
    address = await broker.start()
    exchange: ServiceChild | None = None
    try:
        kafka = KafkaSettings(brokers=address, **NOIDA_KAFKA)
        await ensure_topics(kafka)
        arguments = ["--symbols", ",".join(symbols)]
        exchange = ServiceChild("exchange", arguments, Settings(kafka=kafka), folder, folder)
        facts = await exchange.start(START_S)
        yield (
            exchange.pid or 0,
            Settings(
                kafka=kafka,
                ingest=IngestSettings(
                    websocket_url=facts["websocket_url"],
                    rest_url=facts["rest_url"],
                    symbols=symbols,
                    smart_money_symbols=(),
                    snapshot_limit=SNAPSHOT_LEVELS,
                    open_interest_interval_s=60.0,
                    state_dir=folder / "state",
                ),
            ),
        )
    finally:
        if exchange is not None:
            await exchange.stop(STOP_S)
        await broker.stop()


@click.command()
@click.option("--symbols", "count", type=click.IntRange(1, 1_000), default=300, show_default=True)
@click.option("--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True)
def main(count: int, seconds: float) -> None:
    """Print the figures as JSON; exit code 1 if the event loop was too late."""
    with (
        tempfile.TemporaryDirectory(prefix="wallwatch-bench-") as folder,
        # The children belong to a loop of their own: uvloop cannot start process groups.
        asyncio.Runner() as starter,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        market = _market(Path(folder), tuple(f"SIM{n:03d}USDT" for n in range(count)))
        exchange_pid, settings = starter.run(market.__aenter__())
        try:
            figures = runner.run(measure(exchange_pid, settings, seconds))
        finally:
            starter.run(market.__aexit__(None, None, None))
    click.echo(json.dumps(asdict(figures), indent=1))
    if figures.lag_p99_ms >= GOAL_MS:
        click.echo(f"the event loop is later than {GOAL_MS:g} ms", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
