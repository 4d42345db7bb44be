"""Several venues in one ingest: one that is down leaves the others untouched."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from compose.commands.watch import command as watch
from ingest.errors import IngestError
from ingest.exchange.config import ExchangeConfig
from ingest.markets import run_markets
from schemas.kafka.admin import ensure_topics
from schemas.market import BookReset, DepthDiff, ResetReason
from schemas.settings import IngestSettings, KafkaSettings, Settings
from schemas.topics import DEPTH
from tests.support.ingesting.service import PARTITIONS, QUICK_S, TopicReader, broker
from tests.support.servers.exchange import Running, running

__all__ = ["broker"]
USDM, COINM = "binance_usdm:BTCUSDT", "binance_coinm:BTCUSD_PERP"
NOBODY = {"websocket_url": "ws://127.0.0.1:9", "rest_url": "http://127.0.0.1:9"}


def addresses(exchange: Running) -> dict[str, Any]:
    return {key: exchange.ready[key] for key in ("websocket_url", "rest_url")}


def settings_of(address: str, venues: dict[str, dict[str, Any]]) -> Settings:
    symbols = {"binance_usdm": "BTCUSDT", "binance_coinm": "BTCUSD_PERP", "binance_spot": "BTCUSDT"}
    kafka = KafkaSettings(brokers=address, partitions=PARTITIONS, retention_ms=-1)
    markets = {venue: (symbols[venue],) for venue in venues}
    ingest = IngestSettings.model_validate({"markets": markets, "venue_settings": venues})
    return Settings(kafka=kafka, ingest=ingest)


def of(reader: TopicReader, key: str, kind: type[Any]) -> list[Any]:
    return [r for r in reader.values[DEPTH.name] if r.key == key and isinstance(r, kind)]


def grows(reader: TopicReader, key: str, by: int = 20) -> Callable[[], bool]:
    """Return whether so many more updates of a market have come."""
    before = len(of(reader, key, DepthDiff))
    return lambda: len(of(reader, key, DepthDiff)) >= before + by


async def test_a_venue_that_is_down_or_goes_down_leaves_the_others_untouched(broker: str) -> None:
    coinm = ExchangeConfig(venue="binance_coinm", symbols=("BTCUSD_PERP",))
    ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with running(ExchangeConfig(symbols=("BTCUSDT",))) as usdm:
        async with running(coinm) as other:
            venues = {
                "binance_usdm": addresses(usdm),
                "binance_coinm": addresses(other),
                "binance_spot": NOBODY,
            }
            settings = settings_of(broker, venues)
            await ensure_topics(settings.kafka)
            task = asyncio.create_task(run_markets(settings, stop, ready.set_result))
            facts = await asyncio.wait_for(ready, QUICK_S)
            assert set(facts["markets"]) == {"binance_usdm", "binance_coinm"}
            assert "binance_spot" in facts["waiting"]["binance_spot"]
            async with TopicReader(broker, DEPTH) as reader:
                await reader.until(grows(reader, USDM))
                await reader.until(grows(reader, COINM))
        # Now COIN-M is away as well.
        async with TopicReader(broker, DEPTH) as reader:
            await reader.until(lambda: len(of(reader, COINM, BookReset)) > 1)
            await reader.until(grows(reader, USDM))
        stop.set()
        report = await asyncio.wait_for(task, QUICK_S)
    assert [r.reason for r in of(reader, USDM, BookReset)] == [ResetReason.START]
    assert report["markets"]["binance_usdm"]["gaps"] == 0
    assert list(report["markets"]["binance_spot"]) == ["failures"], "never up, however often tried"
    applied = [report["markets"][v]["diffs_applied"] for v in ("binance_usdm", "binance_coinm")]
    assert report["diffs_applied"] == sum(applied)


async def test_where_no_venue_can_be_reached_ingest_says_so(broker: str) -> None:
    settings = settings_of(broker, {"binance_usdm": NOBODY, "binance_coinm": NOBODY})
    await ensure_topics(settings.kafka)
    with pytest.raises(IngestError, match=r"binance_usdm: .* binance_coinm: "):
        await run_markets(settings, asyncio.Event(), lambda _: None)


async def test_a_symbol_is_added_to_the_venue_that_is_named(broker: str) -> None:
    coinm = ExchangeConfig(venue="binance_coinm", symbols=("BTCUSD_PERP", "ETHUSD_PERP"))
    ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with running(ExchangeConfig(symbols=("BTCUSDT",))) as usdm, running(coinm) as other:
        venues = {"binance_usdm": addresses(usdm), "binance_coinm": addresses(other)}
        settings = settings_of(broker, venues)
        await ensure_topics(settings.kafka)
        task = asyncio.create_task(run_markets(settings, stop, ready.set_result))
        await asyncio.wait_for(ready, QUICK_S)
        words = ["add", "binance_coinm:ETHUSD_PERP", "--brokers", broker]
        result = await asyncio.to_thread(CliRunner().invoke, watch, words, catch_exceptions=False)
        assert result.exit_code == 0
        async with TopicReader(broker, DEPTH) as reader:
            await reader.until(grows(reader, "binance_coinm:ETHUSD_PERP"))
        stop.set()
        await asyncio.wait_for(task, QUICK_S)
