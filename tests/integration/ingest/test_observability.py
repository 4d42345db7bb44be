"""What a running ingest says about itself is true."""

import asyncio
import re
import socket
from pathlib import Path

import pytest

from compose.brokers.noida import NoidaBroker
from compose.brokers.probe import free_port
from ingest.errors import IngestError
from ingest.exchange.config import ExchangeConfig
from ingest.ops.metric_definitions import ALL_METRICS
from ingest.service import run_ingest
from schemas.kafka.admin import ensure_topics
from schemas.metrics import Kind
from tests.support.ingesting.service import Ingesting, broker, ingesting, settings_for
from tests.support.paths import REPOSITORY
from tests.support.servers.exchange import running

__all__ = ["broker"]

DOCUMENT = REPOSITORY / "docs" / "operations.md"


async def until_probe(ingest: Ingesting, path: str, status: int) -> list[str]:
    """Wait until a probe answers with `status`; returns its reasons."""
    async with asyncio.timeout(20.0):
        while True:
            found, reasons = await ingest.probe(path)
            if found == status:
                return reasons
            await asyncio.sleep(0.05)


async def test_every_metric_is_served_and_agrees_with_the_report(broker: str) -> None:
    async with running(ExchangeConfig(symbols=("BTCUSDT",))) as exchange:
        settings = settings_for(broker, exchange.ready)
        await ensure_topics(settings.kafka)
        async with ingesting(settings) as ingest:
            await until_probe(ingest, "/readyz", 200)
            served = await ingest.metrics()
        report = ingest.report
    names = {re.sub(r"\{.*", "", name) for name in served}
    for metric in ALL_METRICS:
        suffix = {Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.HISTOGRAM: "_count"}[metric.kind]
        assert metric.name + suffix in names, metric.name
    prefix = "wallwatch_ingest_"
    assert 0 < served[f"{prefix}diffs_applied_total"] <= report["diffs_applied"]
    assert served[f'{prefix}stream_state{{state="up",stream="btcusdt@depth@100ms"}}'] == 1.0
    assert served[f'{prefix}connected{{connection="public-0"}}'] == 1.0
    assert served[f"{prefix}books_waiting"] == 0.0
    assert served[f"{prefix}rss_bytes"] > 1e7


def test_every_metric_is_explained_to_the_operator() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [metric.name for metric in ALL_METRICS if f"`{metric.name}" not in text] == []


async def test_ready_means_that_the_records_are_good_now(tmp_path: Path) -> None:
    broker = NoidaBroker(tmp_path / "data", tmp_path, free_port())
    address = await broker.start()
    try:
        async with running(ExchangeConfig(symbols=("BTCUSDT",))) as exchange:
            settings = settings_for(address, exchange.ready)
            await ensure_topics(settings.kafka)
            async with ingesting(settings) as ingest:
                await until_probe(ingest, "/readyz", 200)
                await broker.stop()
                (reason,) = await until_probe(ingest, "/readyz", 503)
                assert "the broker has not acknowledged a record" in reason
                # A restart would cure nothing.
                assert await ingest.probe("/healthz") == (200, [])
                await broker.start()
                await until_probe(ingest, "/readyz", 200)
    finally:
        await broker.stop()


async def test_a_port_that_is_taken_is_one_line(broker: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with running(ExchangeConfig(symbols=("BTCUSDT",))) as exchange:
            settings = settings_for(broker, exchange.ready, metrics_port=port)
            await ensure_topics(settings.kafka)
            with pytest.raises(IngestError, match=rf"^port {port} on 127\.0\.0\.1 cannot be used"):
                await run_ingest(settings, asyncio.Event(), lambda _: None)
