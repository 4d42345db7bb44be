"""Symbols that do not trade, and listings that are partly broken: the others go on."""

import asyncio
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from compose.commands.watch import command as watch
from ingest.errors import IngestError
from ingest.exchange.config import ExchangeConfig
from ingest.exchange.faults import NoFaults, RestCall, RestReply
from ingest.recorder import run_record
from schemas.control import DeadLetter
from schemas.kafka.admin import ensure_topics
from schemas.market import BookReset, DepthDiff, DepthSnapshot, FeedStatus, ResetReason, StreamState
from schemas.topics import DEAD_LETTERS, DEPTH, STATUS
from tests.support.ingesting.service import TopicReader, broker, ingesting, settings_for, until
from tests.support.servers.exchange import running

__all__ = ["broker"]

THREE = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
REMOVED = ResetReason.REMOVED
STATES = ["SETTLING", "PENDING_TRADING", "BREAK", "CLOSE", None, "NEVER_SEEN_BEFORE"]


class ChangedListing(NoFaults):
    """Serves exchangeInfo with fields of symbols overridden and raw entries added."""

    def __init__(self, **changes: Any) -> None:
        self.changes: dict[str, Any] = changes
        self.added: list[Any] = []
        self.asked = 0
        """How often the listing was."""

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        if not call.path.endswith("exchangeInfo"):
            return reply
        self.asked += 1
        listing = json.loads(reply.body)
        kept = []
        for entry in listing["symbols"]:
            change = self.changes.get(entry["symbol"], {})
            if change != "gone":
                kept.append({**entry, **change})
        return replace(reply, body=json.dumps({"symbols": [*self.added, *kept]}).encode())


async def shown(broker: str) -> dict[str, str]:
    """Return what `wallwatch watch list` says of each symbol."""
    words = ["list", "--brokers", broker]
    environment = {"WALLWATCH_INGEST__SYMBOLS": json.dumps(THREE)}
    result = await asyncio.to_thread(
        CliRunner().invoke, watch, words, env=environment, catch_exceptions=False
    )
    assert result.exit_code == 0
    pairs = (line.split(maxsplit=1) for line in result.stdout.splitlines())
    return {line[0]: line[1] for line in pairs}


@pytest.mark.parametrize("status", STATES)
async def test_one_symbol_that_does_not_trade_waits_and_the_others_run(
    broker: str, status: str | None
) -> None:
    faults = ChangedListing(ETHUSDT={"status": status})
    async with running(ExchangeConfig(symbols=THREE), faults) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=THREE, listing_interval_s=1.0)
        await ensure_topics(settings.kafka)
        async with (
            ingesting(settings) as ingest,
            TopicReader(broker, DEPTH, STATUS) as reader,
        ):
            assert ingest.facts["symbols"] == ["BTCUSDT", "SOLUSDT"]
            depth = reader.values[DEPTH.name]
            states: list[FeedStatus] = reader.values[STATUS.name]

            def applied(symbol: str) -> bool:
                return any(isinstance(r, DepthDiff) and r.symbol == symbol for r in depth)

            await reader.until(lambda: applied("BTCUSDT") and applied("SOLUSDT"))
            (told,) = [s for s in states if s.symbol == "ETHUSDT"]
            word = f"status {status}" if status else "no status"
            assert (told.state, told.stream) == (StreamState.DOWN, "ethusdt")
            assert told.reason == f"symbol ETHUSDT does not trade on binance_usdm ({word})"
            lines = await shown(broker)
            assert lines["ETHUSDT"] == f"configured; not followed: {told.reason}"
            assert lines["BTCUSDT"] == "configured"
            faults.changes.clear()
            await reader.until(lambda: applied("ETHUSDT"))
            assert "not followed" not in (await shown(broker))["ETHUSDT"]
            own = [s.state for s in states if s.stream == "ethusdt"]
            assert own == [StreamState.DOWN, StreamState.UP]
        assert ingest.report["gaps"] == 0


@pytest.mark.parametrize("change", [{"status": "SETTLING"}, "gone"])
async def test_a_symbol_delisted_while_running_ends_alone_also_over_a_restart(
    broker: str, change: Any
) -> None:
    faults = ChangedListing()
    async with running(ExchangeConfig(symbols=THREE), faults) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=THREE, listing_interval_s=1.0)
        await ensure_topics(settings.kafka)
        async with ingesting(settings) as ingest, TopicReader(broker, DEPTH, STATUS) as reader:
            depth = reader.values[DEPTH.name]
            await reader.until(
                lambda: {r.symbol for r in depth if isinstance(r, DepthDiff)} == set(THREE)
            )
            faults.changes["ETHUSDT"] = change
            await reader.until(
                lambda: any(
                    isinstance(r, BookReset) and r.reason is ResetReason.REMOVED for r in depth
                )
            )
            (ended,) = {
                r.symbol
                for r in depth
                if isinstance(r, BookReset) and r.reason is ResetReason.REMOVED
            }
            assert ended == "ETHUSDT"
        assert ingest.report["symbols"] == ["BTCUSDT", "SOLUSDT"]
        async with ingesting(settings) as ingest:
            assert ingest.facts["symbols"] == ["BTCUSDT", "SOLUSDT"]


async def test_a_listing_that_becomes_empty_ends_nobody(
    broker: str, caplog: pytest.LogCaptureFixture
) -> None:
    faults = ChangedListing()
    async with running(ExchangeConfig(symbols=THREE), faults) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=("all",), listing_interval_s=1.0)
        await ensure_topics(settings.kafka)
        async with ingesting(settings) as ingest, TopicReader(broker, DEPTH) as reader:
            depth = reader.values[DEPTH.name]
            await reader.until(lambda: {r.symbol for r in depth} == set(THREE))
            faults.changes = dict.fromkeys(THREE, "gone")
            asked = faults.asked
            await until(lambda: faults.asked >= asked + 2)
            faults.changes.clear()
            asked = faults.asked
            await until(lambda: faults.asked >= asked + 2)
            seen = len(depth)
            await reader.until(lambda: {r.symbol for r in depth[seen:]} == set(THREE))
        assert not [r for r in depth if isinstance(r, BookReset) and r.reason is REMOVED]
        assert (ingest.report["symbols"], ingest.report["gaps"]) == (list(THREE), 0)
    assert "refresh of the symbol listing failed: the listing has no symbol" in caplog.text


async def test_a_venue_whose_listing_is_empty_at_the_start_is_told_in_one_line(broker: str) -> None:
    faults = ChangedListing(**dict.fromkeys(THREE, "gone"))
    async with running(ExchangeConfig(symbols=THREE), faults) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=THREE)
        await ensure_topics(settings.kafka)
        with pytest.raises(IngestError, match=r"the listing has no symbol"):
            async with ingesting(settings):
                pass


class HeldSnapshots(ChangedListing):
    """Holds the book of one symbol back until it may go."""

    def __init__(self, symbol: str) -> None:
        super().__init__()
        self._symbol = symbol
        self.held = 0
        self.may_go = asyncio.Event()

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        if call.path.endswith("/depth") and call.symbol == self._symbol:
            self.held += 1
            await self.may_go.wait()
        return await super().rest(call, reply)


async def test_a_symbol_that_ends_while_its_snapshot_is_on_its_way_is_no_more_and_may_come_back(
    broker: str,
) -> None:
    faults = HeldSnapshots("ETHUSDT")
    async with running(ExchangeConfig(symbols=THREE), faults) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=THREE, listing_interval_s=1.0)
        await ensure_topics(settings.kafka)
        async with ingesting(settings) as ingest, TopicReader(broker, DEPTH, STATUS) as reader:
            depth = reader.values[DEPTH.name]
            await reader.until(
                lambda: {"BTCUSDT", "SOLUSDT"} <= {r.symbol for r in depth if is_book(r)}
            )
            assert faults.held == 1
            faults.changes["ETHUSDT"] = "gone"
            states = reader.values[STATUS.name]
            await reader.until(lambda: any(told.stream == "ethusdt" for told in states))
            faults.may_go.set()
            asked = faults.asked
            await until(lambda: faults.asked >= asked + 2)
            await reader.to_the_end()
            # The answer of the request that was given up is nobody's book.
            assert not [r for r in depth if r.symbol == "ETHUSDT" and is_book(r)]
            faults.changes.clear()
            await reader.until(lambda: any(r.symbol == "ETHUSDT" and is_book(r) for r in depth))
        assert ingest.report["symbols"] == ["BTCUSDT", "SOLUSDT", "ETHUSDT"]
        assert ingest.report["gaps"] == 0


def is_book(record: Any) -> bool:
    return isinstance(record, DepthSnapshot)


async def test_where_nothing_trades_everything_waits(broker: str) -> None:
    faults = ChangedListing(**{symbol: {"status": "BREAK"} for symbol in THREE})
    async with running(ExchangeConfig(symbols=THREE), faults) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=("all",), listing_interval_s=1.0)
        await ensure_topics(settings.kafka)
        async with ingesting(settings) as ingest, TopicReader(broker, DEPTH) as reader:
            assert ingest.facts["symbols"] == []
            faults.changes.clear()
            depth = reader.values[DEPTH.name]
            await reader.until(lambda: {r.symbol for r in depth} == set(THREE))


async def test_all_follows_tradifi_tells_what_it_leaves_out_and_survives_broken_entries(
    broker: str,
) -> None:
    faults = ChangedListing(
        ETHUSDT={"contractType": "TRADIFI_PERPETUAL"}, SOLUSDT={"contractType": "NEW_KIND"}
    )
    faults.added = [{"symbol": "XUSDT", "status": 7}, 12, {"symbol": None}]
    async with running(ExchangeConfig(symbols=THREE), faults) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=("all",), listing_interval_s=1.0)
        await ensure_topics(settings.kafka)
        async with (
            ingesting(settings) as ingest,
            TopicReader(broker, STATUS, DEAD_LETTERS) as reader,
        ):
            assert ingest.facts["symbols"] == ["BTCUSDT", "ETHUSDT"]
            letters: list[DeadLetter] = reader.values[DEAD_LETTERS.name]
            await reader.until(lambda: len(letters) == 3)
            # Another refresh brings the same entries: nothing is told twice.
            await asyncio.sleep(1.5)
            await reader.to_the_end()
            assert sorted(letter.payload for letter in letters) == [
                "12",
                '{"symbol": "XUSDT", "status": 7}',
                '{"symbol": null}',
            ]
            told = {s.stream: s.reason for s in reader.values[STATUS.name]}
            assert "contract type NEW_KIND is unknown" in told["solusdt"]
            assert "left out of the watch list `all`" in told["xusdt"]
        assert ingest.report["dead_letters"] == 3


async def test_a_watch_list_that_names_nothing_listed_is_refused_in_one_line(broker: str) -> None:
    async with running(ExchangeConfig(symbols=THREE)) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=("SOLUSTD",))
        await ensure_topics(settings.kafka)
        with pytest.raises(IngestError, match=r"SOLUSTD is not listed .* did you mean SOLUSDT"):
            async with ingesting(settings):
                pass


async def test_a_recording_leaves_out_what_does_not_trade(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    faults = ChangedListing(ETHUSDT={"status": "SETTLING"})
    async with running(ExchangeConfig(symbols=THREE), faults) as exchange:
        settings = settings_for("unused:1", exchange.ready, symbols=THREE)
        stop = asyncio.Event()
        with caplog.at_level(logging.WARNING):
            report = await run_record(settings, tmp_path / "x.txt", stop, lambda facts: stop.set())
    assert report["symbols"] == ["BTCUSDT", "SOLUSDT"]
    assert "ETHUSDT does not trade on binance_usdm (status SETTLING)" in caplog.text
