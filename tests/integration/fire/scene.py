"""Six symbols over four partitions of a real Kafka, workers on one store, and the wanted result."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient

from schemas.kafka.admin import ensure_topics
from schemas.settings import ClickHouseSettings, Settings
from schemas.status import PipelineStatus
from schemas.topics import ALL_TOPICS, CROSS, DEAD_LETTERS, ENGINE_INPUTS
from tests.integration.processors.worker_harness import (
    Worker,
    differences,
    expected_signals,
    produced_signals,
    records,
    send,
    stored_signals,
    worker_settings,
)
from tests.support.markets.market import MarketLog, random_log
from tests.support.servers.kafka import unique_name

PARTITIONS: Final = 4
SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT", "DOGEUSDT")
"""Two share partition 0, two share partition 1; the others have one each."""
FRAMES: Final = 500
"""Depth frames of a symbol."""
SETTLE_S: Final = 180.0
"""Far more than a rebalance and the rest of the log take, on a machine that does more besides."""
ROUNDS: Final = int(os.environ.get("FIRE_ROUNDS", "1"))

Logs = dict[str, MarketLog]


def fire_logs(number: int) -> Logs:
    """Return the records of the six symbols in round `number`."""
    return {symbol: random_log(100 * number + n, FRAMES) for n, symbol in enumerate(SYMBOLS)}


class Scene:
    """The workers of one consumer group on topics of its own."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.broker = settings.kafka.brokers
        self.workers: dict[str, Worker] = {}
        self._folder = folder

    async def start(self, name: str) -> Worker:
        """Start the worker of a name, for the first time or again."""
        if name not in self.workers:
            own = self._folder / name
            own.mkdir()
            worker = self.settings.worker.model_copy(update={"instance_id": name})
            settings = self.settings.model_copy(update={"worker": worker})
            self.workers[name] = Worker(settings, own / "worker.log")
        await self.workers[name].start()
        return self.workers[name]

    async def sent(self, logs: Logs, seconds: float, *meanwhile: Awaitable[Any]) -> None:
        """Send records for at least so many seconds; the rest happens one by one meanwhile."""
        sending = asyncio.create_task(send(self.broker, logs, seconds, PARTITIONS))
        for happening in meanwhile:
            await happening
        await sending

    async def until_shared(self, *names: str) -> None:
        """Wait until these workers, and no others, have all partitions among them."""

        async def shared() -> bool:
            shares = [_share(await self.workers[name].status()) for name in names]
            return all(shares) and sum(map(len, shares)) == len(set().union(*shares)) == PARTITIONS

        await until(shared, self._said)

    async def settled(self) -> PipelineStatus:
        """Wait until the running workers have applied and stored everything."""
        status = PipelineStatus()

        async def idle() -> bool:
            nonlocal status
            running = [worker for worker in self.workers.values() if worker.runs]
            status = PipelineStatus.merge(
                [PipelineStatus.model_validate(await worker.status()) for worker in running]
            )
            read = (status.topics.get(topic.name, {}) for topic in ENGINE_INPUTS)
            return status.idle and all(len(numbers) == PARTITIONS for numbers in read)

        await until(idle, lambda: f"{status}\n{self._said()}")
        return status

    async def assert_as_undisturbed(self, logs: Logs, symbols: Iterable[str] = SYMBOLS) -> None:
        """Compare topics and tables with what the engine makes of the logs by itself."""
        wanted = set(symbols)
        expected = expected_signals({symbol: logs[symbol] for symbol in wanted})
        # Nothing is told across markets where a coin has one.
        assert [topic for topic, rows in expected.items() if not rows] == [CROSS.name]
        produced = await produced_signals(self.broker, PARTITIONS)
        stored = await asyncio.to_thread(stored_signals, self.settings.clickhouse)
        for found in (produced, stored):
            assert differences(_of(found, wanted), expected) == []

    async def dead_letters(self) -> list[bytes]:
        """Return everything that was put aside."""
        return [record.value for record in await records(self.broker, DEAD_LETTERS.name, 1)]

    async def end(self) -> None:
        """Stop what still runs, and see that it can."""
        for worker in self.workers.values():
            if worker.runs:
                await worker.stop()

    async def kill(self) -> None:
        """End whatever is left."""
        for worker in self.workers.values():
            if worker.runs:
                await worker.kill()

    def _said(self) -> str:
        logs = sorted(self._folder.glob("*/worker.log"))
        return "\n".join(f"{path}: {path.read_text(errors='replace')[-2_000:]}" for path in logs)


@asynccontextmanager
async def scene(
    broker: str, store: ClickHouseSettings, folder: Path, **kafka: Any
) -> AsyncIterator[Scene]:
    """Make the topics anew and give a scene on them; no worker outlives the block."""
    settings = worker_settings(broker, folder)
    group = {"partitions": PARTITIONS, "group": unique_name("fire"), **kafka}
    settings = settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(update=group),
            "clickhouse": store.model_copy(update={"batch_ms": 100}),
        }
    )
    await _without_topics(broker)
    await ensure_topics(settings.kafka)
    stage = Scene(settings, folder)
    try:
        yield stage
    finally:
        await stage.kill()


async def until(
    condition: Callable[[], Awaitable[bool]], explain: Callable[[], str], limit_s: float = SETTLE_S
) -> None:
    """Wait until a condition holds; what fails to answer meanwhile counts as no."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + limit_s
    while True:
        failure = ""
        try:
            if await condition():
                return
        except OSError as error:
            failure = f"{error!r}: "
        assert loop.time() < deadline_s, failure + explain()
        await asyncio.sleep(0.1)


async def _without_topics(broker: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        ours = {topic.name for topic in ALL_TOPICS}
        if found := ours & set(await admin.list_topics()):
            await admin.delete_topics(sorted(found))
    finally:
        await admin.close()


def _share(status: dict[str, Any]) -> set[str]:
    return {number for numbers in status["topics"].values() for number in numbers}


def _of(rows: dict[str, dict[str, dict[str, Any]]], symbols: set[str]) -> dict[str, Any]:
    return {
        topic: {key: row for key, row in found.items() if row["symbol"] in symbols}
        for topic, found in rows.items()
    }
