"""Symbols that are started and stopped while ingest runs, through `wallwatch watch`."""

import asyncio
import time

from click.testing import CliRunner

from compose.commands.watch import command as watch
from ingest.exchange.config import ExchangeConfig
from schemas.kafka.admin import ensure_topics
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthSnapshot,
    FeedStatus,
    ResetReason,
    StreamState,
    Trades,
)
from schemas.topics import DEPTH, OPEN_INTEREST, STATUS, TRADES
from tests.support.ingesting.service import (
    TopicReader,
    broker,
    ingest_tasks,
    ingesting,
    settings_for,
    until,
)
from tests.support.servers.exchange import running

__all__ = ["broker"]

THREE = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
START_S = 2.0
"""What a symbol may take from the command to its book."""


async def call(broker: str, *arguments: str) -> str:
    """Run `wallwatch watch` and return what it prints."""
    words = [*arguments, "--brokers", broker]
    result = await asyncio.to_thread(CliRunner().invoke, watch, words, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


async def test_a_symbol_starts_within_two_seconds_and_leaves_nothing_when_it_stops(
    broker: str,
) -> None:
    async with running(ExchangeConfig(symbols=THREE)) as exchange:
        settings = settings_for(broker, exchange.ready)
        await ensure_topics(settings.kafka)
        async with (
            ingesting(settings),
            TopicReader(broker, DEPTH, TRADES, OPEN_INTEREST, STATUS) as reader,
        ):
            depth = reader.values[DEPTH.name]

            def eth() -> list[object]:
                return [record for record in depth if record.symbol == "ETHUSDT"]

            await reader.until(lambda: any(isinstance(r, DepthDiff) for r in depth))
            tasks = ingest_tasks()
            await call(broker, "add", "ETHUSDT")
            told_s = time.monotonic()
            await reader.until(lambda: any(isinstance(r, DepthDiff) for r in eth()))
            assert time.monotonic() - told_s < START_S
            assert {type(r) for r in eth()} == {BookReset, DepthSnapshot, DepthDiff}
            await reader.until(
                lambda: any(t.symbol == "ETHUSDT" and t.trades for t in reader.values[TRADES.name])
            )

            await call(broker, "remove", "ETHUSDT")
            await reader.until(lambda: getattr(eth()[-1], "reason", "") == ResetReason.REMOVED)
            ended = len(eth())
            btc = len(depth) - ended
            await reader.until(lambda: len(depth) - len(eth()) > btc + 20)
            assert len(eth()) == ended
            assert (await exchange.status())["connections"] == 2
            await until(lambda: ingest_tasks() == tasks)
            states = {s.stream: s for s in reader.values[STATUS.name] if s.symbol == "ETHUSDT"}
            assert states.keys() >= {"ethusdt@depth@100ms", "ethusdt@aggTrade"}
            assert {s.state for s in states.values()} == {StreamState.DOWN}
            assert {s.reason for s in states.values()} == {"removed from the watch list"}


async def test_commands_of_the_past_lie_over_the_configured_list(broker: str) -> None:
    async with running(ExchangeConfig(symbols=THREE)) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=("BTCUSDT", "ETHUSDT"))
        await ensure_topics(settings.kafka)
        await call(broker, "add", "ETHUSDT,SOLUSDT")
        await call(broker, "remove", "ETHUSDT")
        await call(broker, "add", "ADAUSDT", "--venue", "binance_spot")
        async with ingesting(settings) as ingest:
            assert ingest.facts["symbols"] == ["BTCUSDT", "SOLUSDT"]
        listed = await call(broker, "list")
        assert "ADAUSDT" not in listed
        words = {line.split()[0]: line.split()[1] for line in listed.splitlines()}
        assert (words["BTCUSDT"], words["ETHUSDT"]) == ("configured", "removed")
        assert words["SOLUSDT"] == "added"
        assert ingest.report["gaps"] == 0


async def test_an_unknown_symbol_is_told_once_and_stops_nothing(broker: str) -> None:
    async with running(ExchangeConfig(symbols=THREE)) as exchange:
        settings = settings_for(broker, exchange.ready)
        await ensure_topics(settings.kafka)
        async with ingesting(settings), TopicReader(broker, DEPTH, TRADES, STATUS) as reader:
            await call(broker, "add", "SOLUSTD")
            await call(broker, "add", "SOLUSDT")
            depth = reader.values[DEPTH.name]
            await reader.until(
                lambda: any(isinstance(r, DepthDiff) and r.symbol == "SOLUSDT" for r in depth)
            )
            told = [s for s in reader.values[STATUS.name] if s.symbol == "SOLUSTD"]
            assert [(s.state, s.stream) for s in told] == [(StreamState.DOWN, "solustd")]
            assert "did you mean SOLUSDT" in told[0].reason


async def test_every_symbol_may_go_and_one_may_come_again(broker: str) -> None:
    async with running(ExchangeConfig(symbols=THREE)) as exchange:
        settings = settings_for(broker, exchange.ready)
        await ensure_topics(settings.kafka)
        async with ingesting(settings), TopicReader(broker, DEPTH) as reader:
            depth = reader.values[DEPTH.name]
            await reader.until(lambda: any(isinstance(r, DepthDiff) for r in depth))
            await call(broker, "remove", "BTCUSDT")
            await reader.until(lambda: getattr(depth[-1], "reason", "") == ResetReason.REMOVED)
            await until(lambda: not any("ShardConnection" in name for name in ingest_tasks()))
            before = len(depth)
            await call(broker, "add", "BTCUSDT")
            await reader.until(lambda: any(isinstance(r, DepthDiff) for r in depth[before:]))
            first, second = depth[before : before + 2]
            assert isinstance(first, BookReset)
            assert first.reason is ResetReason.START
            assert isinstance(second, DepthSnapshot)


async def test_all_means_every_trading_perpetual_and_the_smart_list_what_there_is(
    broker: str,
) -> None:
    async with running(ExchangeConfig(symbols=THREE)) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=("all",))
        await ensure_topics(settings.kafka)
        async with ingesting(settings) as ingest:
            assert ingest.facts["symbols"] == list(THREE)
        settings = settings_for(
            broker, exchange.ready, smart_money_symbols=("SOLUSDT", "ASTERUSDT")
        )
        async with ingesting(settings) as ingest, TopicReader(broker, STATUS, TRADES) as reader:
            assert ingest.facts["symbols"] == ["BTCUSDT", "SOLUSDT"]
            packs = reader.values[TRADES.name]
            await reader.until(lambda: any(isinstance(pack, Trades) for pack in packs))
            states: list[FeedStatus] = reader.values[STATUS.name]
            assert [s for s in states if s.symbol == "ASTERUSDT"] == []
