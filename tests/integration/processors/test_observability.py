"""What a running worker says about itself is true."""

import asyncio
import re
import socket
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from compose.brokers.noida import NoidaBroker
from compose.brokers.probe import free_port
from processors.errors import WorkerError
from processors.ops.metric_definitions import ALL_METRICS
from processors.worker import run_worker
from schemas.kafka.admin import ensure_topics
from schemas.market import BookReset, DepthHeartbeat
from schemas.metrics import Kind
from schemas.settings import ClickHouseSettings
from schemas.topics import DEPTH, LARGE_ORDERS, TRADES
from tests.integration.processors.worker_harness import (
    Worker,
    market_logs,
    send,
    worker_settings,
)
from tests.support.markets.market import MarketLog
from tests.support.paths import REPOSITORY
from tests.support.servers.availability import unavailable
from tests.support.servers.clickhouse_server import ServerUnavailableError, running_server

DOCUMENT = REPOSITORY / "docs" / "operations.md"
PREFIX = "wallwatch_worker_"


async def test_metrics_move_and_agree_with_the_status(broker: str, worker: Worker) -> None:
    logs = market_logs()
    await worker.start()
    await worker.until_probe("/readyz", 200)
    before = await worker.metrics()
    assert before[f"{PREFIX}symbols"] == 0.0
    assert before[f'{PREFIX}lag_records{{half="engine",topic="{DEPTH.name}"}}'] == 0.0

    await send(broker, logs, 1.0)
    status = await worker.until_idle()
    assert await worker.until_probe("/readyz", 200) == []
    assert await worker.probe("/healthz") == (200, [])
    after = await worker.metrics()
    names = {re.sub(r"\{.*", "", name) for name in after}
    for metric in ALL_METRICS:
        suffix = {Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.HISTOGRAM: "_count"}[metric.kind]
        assert metric.name + suffix in names, metric.name

    counters = status["counters"]
    for topic in (DEPTH.name, TRADES.name):
        assert after[f'{PREFIX}records_total{{topic="{topic}"}}'] == counters["records"][topic] > 0
    signals = counters["signals"]
    served = f'{PREFIX}signals_total{{topic="{LARGE_ORDERS.name}"}}'
    assert after[served] == signals[LARGE_ORDERS.name] > 0
    assert after[f"{PREFIX}signal_seconds_count"] == sum(signals.values())
    assert after[f'{PREFIX}signal_seconds_bucket{{le="+Inf"}}'] == sum(signals.values())
    assert after[f'{PREFIX}rows_total{{view="flow"}}'] == counters["rows"]["flow"] > 0
    assert after[f"{PREFIX}symbols"] == len(logs)
    assert after[f"{PREFIX}book_resets_total"] == sum(_books_lost(log) for log in logs.values())
    assert after[f"{PREFIX}checkpoints_total"] > 0
    assert after[f"{PREFIX}checkpoint_age_seconds"] < 10.0
    assert after[f"{PREFIX}rss_bytes"] > 1e7
    assert after[f'{PREFIX}lag_records{{half="store",topic="{LARGE_ORDERS.name}"}}'] == 0.0
    # The page has them too.
    beside = await worker.metrics(f"{worker.url}/metrics")
    assert beside[served] == after[served]


def _books_lost(log: MarketLog) -> int:
    """Return how often a book became invalid; a reset is repeated while there is none."""
    books = [record for record in log.depth if not isinstance(record, DepthHeartbeat)]
    return sum(
        isinstance(record, BookReset) and not isinstance(before, BookReset)
        for before, record in pairwise(books)
    )


def test_every_metric_is_explained_to_the_operator() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [metric.name for metric in ALL_METRICS if f"`{metric.name}" not in text] == []


async def test_a_worker_is_not_ready_while_the_broker_is_away(tmp_path: Path) -> None:
    broker = NoidaBroker(tmp_path / "data", tmp_path, free_port())
    settings = worker_settings(await broker.start(), tmp_path)
    worker = Worker(settings, tmp_path / "worker.log")
    try:
        await ensure_topics(settings.kafka)
        await worker.start()
        await worker.until_probe("/readyz", 200)
        await broker.stop()
        (reason,) = await worker.until_probe("/readyz", 503)
        assert "Kafka" in reason
        # A restart would cure nothing.
        assert await worker.probe("/healthz") == (200, [])
        assert not any("lag_records" in name for name in await worker.metrics()), "unknown"
        await broker.start()
        assert await worker.until_probe("/readyz", 200) == []
        await worker.stop()
    finally:
        if worker.runs:
            await worker.kill()
        await broker.stop()


@pytest.mark.clickhouse
async def test_a_worker_is_not_ready_while_the_store_is_away(broker: str, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    port = free_port()
    logs = market_logs()
    with ExitStack() as server:
        try:
            url = server.enter_context(running_server(tmp_path / "server", port))
        except ServerUnavailableError as error:
            unavailable(str(error))
        store = ClickHouseSettings(url=url, batch_ms=100)
        settings = worker_settings(broker, tmp_path).model_copy(update={"clickhouse": store})
        await ensure_topics(settings.kafka)
        worker = Worker(settings, tmp_path / "worker.log")
        try:
            await worker.start()
            await worker.until_probe("/readyz", 200)
            await asyncio.to_thread(server.close)
            # Nothing is written yet: the store is asked.
            (reason,) = await worker.until_probe("/readyz", 503)
            assert reason.startswith(f"ClickHouse at {url} cannot be reached")
            assert await worker.probe("/healthz") == (200, [])
            await send(broker, logs, 1.0)
            await _until_failing(worker)
            await asyncio.to_thread(server.enter_context, running_server(tmp_path / "server", port))
            await worker.until_idle()
            assert await worker.until_probe("/readyz", 200) == []
            served = await worker.metrics()
            assert served[f"{PREFIX}store_failing"] == served[f"{PREFIX}store_unwritten_rows"] == 0
            assert served[f"{PREFIX}store_retries_total"] > 0
            await worker.stop()
        finally:
            if worker.runs:
                await worker.kill()


async def _until_failing(worker: Worker) -> None:
    """Wait until the store has refused rows, which then wait."""
    async with asyncio.timeout(20.0):
        while True:
            served = await worker.metrics()
            if served[f"{PREFIX}store_failing"] and served[f"{PREFIX}store_unwritten_rows"]:
                return
            await asyncio.sleep(0.1)


async def test_a_taken_metrics_port_is_one_line(broker: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = worker_settings(broker, tmp_path, metrics_port=port)
        await ensure_topics(settings.kafka)
        with pytest.raises(WorkerError, match=rf"listen on 127\.0\.0\.1:{port} .*metrics_port"):
            await run_worker(settings, asyncio.Event(), lambda _: None, None)
