"""The processes of one run: broker, built-in exchange, worker with its store and page, ingest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from compose.brokers.base import Broker
from compose.brokers.choice import APACHE, choose_broker
from compose.stack.plan import APACHE_KAFKA, NOIDA_KAFKA
from compose.stack.service_child import Ending, ServiceChild
from compose.stack.status import PIPELINE_PATH
from ingest.exchange.control import FAULTS_PATH
from schemas.kafka.admin import ensure_topics
from schemas.settings import ClickHouseSettings, IngestSettings, KafkaSettings, Settings
from schemas.status import PipelineStatus
from tests.bench.all_symbols.asking import Asking, Histogram

START_S: Final = 600.0
"""A machine under load takes its time, and is not what is measured."""
SILENT_S: Final = 600.0
STOP_S: Final = 20.0
SNAPSHOT_LEVELS: Final = 50
"""The cheapest snapshots: hundreds of large ones would wait for the weight of minutes."""

HEALTH_PATH: Final = "/api/v1/health"

LAG_PER_SYMBOL: Final = 4
"""Records under way at any moment where nothing is late: market records, signals and rows of half a
second."""


def names_of(count: int, at_rest: int = 0) -> tuple[str, ...]:
    """Return the names of so many light symbols of the built-in exchange, `at_rest` of which are
    at rest."""
    names = [f"REST{number:03d}USDT" for number in range(at_rest)]
    return (*names, *(f"SIM{number:03d}USDT" for number in range(count - at_rest)))


@dataclass
class Pipeline:
    """The running processes and where they answer."""

    symbols: tuple[str, ...]
    kafka: KafkaSettings
    broker: Broker
    services: dict[str, ServiceChild]
    urls: dict[str, str]
    asking: Asking

    def pids(self) -> dict[str, int | None]:
        """Return the process ids by name; None: not running."""
        services = {name: service.pid for name, service in self.services.items()}
        return {"broker": self.broker.pid, **services}

    async def status(self) -> PipelineStatus:
        """Return the worker's report. Raises aiohttp.ClientError, TimeoutError."""
        return await self.asking.status(self.urls["page"] + PIPELINE_PATH)

    async def histograms(self, name: str) -> dict[str, Histogram]:
        """Return the histograms of a service."""
        return await self.asking.histograms(self.urls[f"{name}_metrics"])

    async def queries(self) -> tuple[int, float]:
        """Return how many queries the page has asked the store so far, and the time in them, s."""
        document = await self.asking.document(self.urls["page"] + HEALTH_PATH)
        return document["reader"]["queries"], document["reader"]["busy_ms"] / 1_000

    async def is_ready(self, name: str) -> bool:
        """Return whether what a service gives out now is good."""
        page = self.urls[f"{name}_metrics"].removesuffix("/metrics")
        return await self.asking.is_well(f"{page}/readyz")

    async def burst(self, factor: float, duration_s: float) -> None:
        """Let every symbol be `factor` times as active for a while."""
        faults = [
            {"kind": "burst", "symbol": symbol, "factor": factor, "duration_s": duration_s}
            for symbol in self.symbols
        ]
        await self.asking.post(self.urls["exchange"] + FAULTS_PATH, {"faults": faults})

    async def silence(self) -> None:
        """Let the exchange send nothing more."""
        fault = {"kind": "silent_route", "route": None, "duration_s": SILENT_S}
        await self.asking.post(self.urls["exchange"] + FAULTS_PATH, {"faults": [fault]})

    async def end(self, name: str) -> Ending:
        """Stop one service in an orderly way."""
        ending = await self.services[name].stop(STOP_S)
        if ending is None:
            raise RuntimeError(f"{name} was not started")
        return ending

    async def restart(self, name: str) -> dict[str, Any]:
        """Kill a service and start it again; returns its ready line."""
        await self.services[name].stop(0)
        return await self.services[name].start(START_S)


@asynccontextmanager
async def pipeline(
    folder: Path, symbols: tuple[str, ...], broker_choice: str
) -> AsyncIterator[Pipeline]:
    """Run everything for some symbols of the built-in exchange."""
    async with AsyncExitStack() as stack:
        broker = choose_broker(broker_choice, folder, folder, lambda _: None)
        stack.push_async_callback(broker.stop)
        sized = APACHE_KAFKA if broker_choice == APACHE else NOIDA_KAFKA
        kafka = KafkaSettings(brokers=await broker.start(), **sized)
        await ensure_topics(kafka)
        store = ClickHouseSettings(url=f"chdb:{folder / 'store'}")
        settings = Settings(kafka=kafka, clickhouse=store)
        run = Pipeline(symbols, kafka, broker, {}, {}, Asking())
        await stack.enter_async_context(run.asking)

        async def start(name: str, own: Settings, *arguments: str) -> dict[str, Any]:
            service = ServiceChild(name, arguments, own, folder, folder)
            run.services[name] = service
            stack.push_async_callback(service.stop, STOP_S)
            return await service.start(START_S)

        exchange = await start("exchange", settings, "--symbols", ",".join(run.symbols))
        run.urls["exchange"] = exchange["rest_url"]
        worker = await start("worker", settings)
        run.urls["page"], run.urls["worker_metrics"] = worker["url"], worker["metrics_url"]
        ingest = IngestSettings(
            websocket_url=exchange["websocket_url"],
            rest_url=exchange["rest_url"],
            symbols=run.symbols,
            smart_money_symbols=(),
            snapshot_limit=SNAPSHOT_LEVELS,
            open_interest_interval_s=60.0,
            state_dir=folder / "state",
        )
        ready = await start("ingest", settings.model_copy(update={"ingest": ingest}))
        run.urls["ingest_metrics"] = ready["metrics_url"]
        yield run


async def settled(run: Pipeline, timeout_s: float) -> float | None:
    """Wait until no more is under way than ever; returns after how many seconds, None: not in
    time."""
    clock = asyncio.get_running_loop().time
    began_s = clock()
    while clock() - began_s < timeout_s:
        lag = (await run.status()).lag
        if lag is not None and lag <= LAG_PER_SYMBOL * len(run.symbols):
            return clock() - began_s
        await asyncio.sleep(0.25)
    return None
