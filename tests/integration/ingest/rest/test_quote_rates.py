"""Symbols that are quoted in BTC, BNB or TRY: their value comes from the venue's own market, into
the records, into a recording, and from there into the engine."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from compose.commands.replay import command as replay
from ingest.exchange.config import ExchangeConfig
from ingest.offline import market_records
from ingest.recorder import run_record
from schemas.kafka.admin import ensure_topics
from schemas.market import FeedStatus, StreamState, Trades
from schemas.settings import Settings
from schemas.topics import STATUS, TRADES
from tests.support.ingesting.service import TopicReader, broker, ingesting, settings_for, until
from tests.support.servers.exchange import running

__all__ = ["broker"]

NEAR = 0.02
"""The simulated prices wander by less in a few seconds."""
MARKETS = [
    ("binance_usdm", ("ETHBTC", "BTCUSDT"), 61_800.0),
    ("binance_spot", ("SOLBNB", "BNBUSDT"), 590.0),
    ("binance_spot", ("BTCTRY", "USDTTRY"), 1 / 41.5),
    ("bybit_linear", ("ETHBTC", "BTCUSDT"), 61_800.0),
    ("okx_swap", ("ETH-BTC-SWAP", "BTC-USDT-SWAP"), 61_800.0),
]


@pytest.mark.parametrize(("venue", "symbols", "expected"), MARKETS)
async def test_packs_state_what_the_quote_is_worth(
    broker: str, venue: Any, symbols: tuple[str, str], expected: float
) -> None:
    async with running(ExchangeConfig(venue=venue, symbols=symbols)) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=symbols[:1], venue=venue)
        await ensure_topics(settings.kafka)
        async with ingesting(settings), TopicReader(broker, TRADES) as reader:
            packs: list[Trades] = reader.values[TRADES.name]
            await reader.until(lambda: any(pack.quote_usd for pack in packs))
            rate = next(pack.quote_usd for pack in packs if pack.quote_usd)
            assert abs(rate / expected - 1) < NEAR


async def test_a_dollar_and_a_value_that_is_set_need_no_question(broker: str) -> None:
    async with running(ExchangeConfig(symbols=("ETHBTC", "BTCUSDT"))) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=("ETHBTC", "BTCUSDT"))
        settings = settings.model_copy(update={"quotes": {"BTC": 7.0}})
        await ensure_topics(settings.kafka)
        async with ingesting(settings), TopicReader(broker, TRADES) as reader:
            packs: list[Trades] = reader.values[TRADES.name]

            def seen(symbol: str) -> list[float | None]:
                return [pack.quote_usd for pack in packs if pack.symbol == symbol]

            await reader.until(lambda: len(seen("ETHBTC")) > 3 and len(seen("BTCUSDT")) > 3)
            assert set(seen("ETHBTC")) == {7.0}
            assert set(seen("BTCUSDT")) == {None}


async def test_a_quote_without_a_market_is_told_and_the_others_run(broker: str) -> None:
    symbols = ("SOLBNB", "BTCUSDT")
    async with running(ExchangeConfig(symbols=symbols)) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=symbols)
        await ensure_topics(settings.kafka)
        async with ingesting(settings), TopicReader(broker, TRADES, STATUS) as reader:
            states: list[FeedStatus] = reader.values[STATUS.name]
            packs: list[Trades] = reader.values[TRADES.name]
            await reader.until(lambda: any(s.stream == "solbnb@quoteRate" for s in states))
            [told] = [s for s in states if s.stream == "solbnb@quoteRate"]
            assert told.state is StreamState.DOWN
            assert "the value of BNB in USD is unknown" in told.reason
            assert told.reason.endswith("set quotes.BNB")
            await reader.until(lambda: {p.symbol for p in packs} == set(symbols))
            assert not any(pack.quote_usd for pack in packs)


async def test_a_recording_holds_the_value_and_a_replay_has_it(tmp_path: Path) -> None:
    path, stop = tmp_path / "ethbtc.txt", asyncio.Event()

    def has_trades() -> bool:
        lines = path.read_bytes().splitlines() if path.exists() else []
        return sum(b"aggTrade" in line for line in lines) > 5

    async with running(ExchangeConfig(symbols=("ETHBTC", "BTCUSDT"))) as exchange:
        settings = settings_for("unused:1", exchange.ready, symbols=("ETHBTC",))
        recording = asyncio.create_task(run_record(settings, path, stop, lambda facts: None))
        await until(has_trades)
        stop.set()
        await recording
    packs = [one for one in market_records(path, Settings()) if isinstance(one, Trades)]
    rates = {pack.quote_usd for pack in packs if pack.symbol == "ETHBTC"}
    assert len(rates) == 1
    assert abs((rates.pop() or 0) / 61_800.0 - 1) < NEAR
    out = tmp_path / "signals.ndjson"
    result = CliRunner().invoke(
        replay, ["--parse", str(path), "--out", str(out)], catch_exceptions=False
    )
    assert "not quoted in dollars" not in result.output
    books = [json.loads(line) for line in out.read_text().splitlines() if "signals.book" in line]
    assert all(abs(book["quote_usd"] / 61_800.0 - 1) < NEAR for book in books[1:])
