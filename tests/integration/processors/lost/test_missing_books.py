"""Books that nobody can have read, because their snapshots were deleted before: the worker says so,
and ingest publishes new ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from ingest.exchange.config import ExchangeConfig
from schemas.kafka.admin import ensure_topics
from schemas.market import BookReset, DepthDiff, DepthSnapshot, FeedStatus, ResetReason, StreamState
from schemas.settings import VenueName
from schemas.topics import BOOK, DEPTH, STATUS
from tests.integration.processors.worker_harness import (
    Worker,
    delete_everything,
    market_logs,
    send,
    worker_settings,
)
from tests.support.ingesting.service import TopicReader, ingesting, settings_for
from tests.support.markets.market import VENUE
from tests.support.servers.exchange import running

pytestmark = pytest.mark.kafka

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT")
BACK_S: Final = 60.0
"""Far more than the patience of the worker and a snapshot take."""
SECONDS: Final = 3


@pytest.mark.parametrize("venue", ["binance_usdm", "bybit_linear"])
async def test_a_worker_that_finds_no_books_in_the_log_gets_each_once(
    broker: str, tmp_path: Path, venue: VenueName
) -> None:
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    worker = Worker(settings, tmp_path / "worker.log")
    async with running(ExchangeConfig(venue=venue, symbols=SYMBOLS)) as exchange:
        source = settings_for(broker, exchange.ready, venue=venue, symbols=SYMBOLS)
        async with ingesting(source), TopicReader(broker, DEPTH, STATUS, BOOK) as topics:
            try:
                await topics.until(lambda: all(_snapshots(topics, s) == 1 for s in SYMBOLS), BACK_S)
                await delete_everything(broker)
                await worker.start()
                await topics.until(
                    lambda: all(_states(topics, s)[-1:] == [StreamState.UP] for s in SYMBOLS),
                    BACK_S,
                )
                await topics.until(lambda: all(_seconds(topics, s) > SECONDS for s in SYMBOLS))
                report = await worker.stop()
            finally:
                if worker.runs:
                    await worker.kill()
    assert report["counters"]["faults"] == {}
    for symbol in SYMBOLS:
        assert _states(topics, symbol) == [StreamState.RESYNC, StreamState.UP]
        assert _snapshots(topics, symbol) == 2
        lost = [
            record
            for record in topics.values[DEPTH.name]
            if isinstance(record, BookReset)
            and record.symbol == symbol
            and record.reason is not ResetReason.START
        ]
        assert {record.reason for record in lost} == {ResetReason.GAP}


async def test_a_worker_whose_books_do_not_come_says_that_it_is_not_ready(
    broker: str, tmp_path: Path
) -> None:
    settings = worker_settings(broker, tmp_path)
    await ensure_topics(settings.kafka)
    worker = Worker(settings, tmp_path / "worker.log")
    log = market_logs()["AAA"]
    bookless = replace(log, depth=[one for one in log.depth if isinstance(one, DepthDiff)])
    try:
        await worker.start()
        await send(broker, {"AAA": bookless}, 0.5)
        reasons = await worker.until_probe("/readyz", 503)
        assert reasons == [f"books that are not in the log: {VENUE}:AAA"]
        await worker.stop()
    finally:
        if worker.runs:
            await worker.kill()


def _snapshots(topics: TopicReader, symbol: str) -> int:
    found = (record for record in topics.values[DEPTH.name] if record.symbol == symbol)
    return sum(isinstance(record, DepthSnapshot) for record in found)


def _states(topics: TopicReader, symbol: str) -> list[StreamState]:
    """Return what the worker has said of the book."""
    told: list[FeedStatus] = topics.values[STATUS.name]
    return [one.state for one in told if one.symbol == symbol and one.stream == DEPTH.name]


def _seconds(topics: TopicReader, symbol: str) -> int:
    """Return how many seconds with a book were told."""
    return sum(one.symbol == symbol and one.is_valid for one in topics.values[BOOK.name])
