"""Connections that are replaced before they end, and how symbols are spread over them."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from ingest.connections.backoff import Backoff
from ingest.connections.shard_connection import ShardConnection
from ingest.connections.shards import ShardMap
from ingest.connections.supervisor import ShardKeeper
from ingest.exchange.config import ExchangeConfig
from ingest.exchange.faults import NoFaults
from ingest.live import LiveMarket
from ingest.venues.binance.streams import MAX_STREAMS
from ingest.venues.binance.usdm import BinanceUsdm
from ingest.venues.registry import venue_of
from schemas.market import BookReset, DepthDiff, DepthSnapshot, ResetReason, StreamState, Trades
from schemas.settings import IngestSettings
from tests.support.ingesting.service import until
from tests.support.ingesting.sessions import KeptOutlet, LiveSession, live_session
from tests.support.servers.exchange import Running, running

SYMBOLS = ("BTCUSDT", "ETHUSDT")
ROTATIONS = 10


def settings_for(exchange: Running, **values: Any) -> IngestSettings:
    urls = {key: exchange.ready[key] for key in ("websocket_url", "rest_url")}
    return IngestSettings(**{"symbols": SYMBOLS, **urls, **values})


def check_whole(live: LiveSession) -> None:
    """Nothing is missing from the records and nothing is there twice."""
    for symbol in SYMBOLS:
        depth = live.outlet.of(symbol, BookReset, DepthSnapshot, DepthDiff)
        assert sum(isinstance(record, DepthSnapshot) for record in depth) == 1
        resets = {record.reason for record in depth if isinstance(record, BookReset)}
        assert resets == {ResetReason.START}
        diffs = [record for record in depth if isinstance(record, DepthDiff)]
        assert all(b.prev_update_id == a.last_update_id for a, b in pairwise(diffs))
        numbers = [t.trade_id for pack in live.outlet.of(symbol, Trades) for t in pack.trades]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_ten_rotations_leave_no_gap_and_no_repetition() -> None:
    async with running(ExchangeConfig(symbols=SYMBOLS, speed=5.0)) as exchange:
        settings = settings_for(exchange, connection_lifetime_s=0.3)
        async with live_session(settings) as live:
            await live.until(lambda: live.session.rotations >= 2 * ROTATIONS, 60.0)
            sent = len(live.outlet.of("BTCUSDT", DepthDiff))
            await live.until(lambda: len(live.outlet.of("BTCUSDT", DepthDiff)) > sent + 20)
            assert (await exchange.status())["connections"] <= 4
        status = await exchange.status()
    assert live.report["rotations"] >= 2 * ROTATIONS
    assert status["connections_total"] >= 2 + 2 * ROTATIONS
    assert (live.report["reconnects"], live.report["gaps"], live.report["resyncs"]) == (0, 0, 0)
    # There was an overlap to remove.
    assert live.report["stale_diffs_dropped"] > ROTATIONS
    assert live.report["late_trades"] == 0
    check_whole(live)


async def test_the_venues_own_limit_is_never_reached() -> None:
    config = ExchangeConfig(symbols=SYMBOLS, speed=5.0, connection_lifetime_s=4.0)
    async with running(config) as exchange:
        settings = settings_for(exchange, connection_lifetime_s=1.5)
        async with live_session(settings) as live:
            await live.until(lambda: live.session.rotations >= 8, 60.0)
    assert live.report["reconnects"] == 0
    check_whole(live)


class DeadOnFirst(NoFaults):
    """Depth of BTCUSDT stops on the first two connections, as if the server had forgotten it."""

    def __init__(self) -> None:
        self.sent = 0

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        if stream != "btcusdt@depth@100ms" or connection > 2:
            return (payload,)
        self.sent += 1
        return (payload,) if self.sent <= 40 else ()


async def test_a_stream_that_dies_alone_is_found_on_a_new_connection() -> None:
    async with running(ExchangeConfig(symbols=SYMBOLS), faults=DeadOnFirst()) as exchange:
        settings = settings_for(exchange, silence_s=5.0)
        async with live_session(settings) as live:

            def states() -> list[StreamState]:
                return live.outlet.states("btcusdt@depth@100ms")

            await live.until(lambda: StreamState.SILENT in states())
            await live.until(lambda: states()[-1] is StreamState.UP)
            before = len(live.outlet.of("BTCUSDT", DepthDiff))
            await live.until(lambda: len(live.outlet.of("BTCUSDT", DepthDiff)) > before + 10)
    assert live.report["silence_alarms"] == 1
    assert (live.report["rotations"], live.report["reconnects"]) == (1, 0)
    eth = live.outlet.of("ETHUSDT", BookReset, DepthSnapshot)
    assert sum(isinstance(record, DepthSnapshot) for record in eth) == 1


async def test_three_hundred_symbols_are_spread_over_connections_of_at_most_200_streams() -> None:
    symbols = tuple(f"SIM{number:03}USDT" for number in range(300))
    async with running(ExchangeConfig(symbols=symbols)) as exchange:
        settings = settings_for(exchange, symbols=symbols)
        async with live_session(settings) as live:
            await live.until(live.ready.is_set, 60.0)
            assert (await exchange.status())["connections"] == 2 + 3
            names = set(live.session.connections)
    assert names == {"public-0", "public-1", "market-0", "market-1", "market-2"}
    assert live.report["refused_requests"] == 0


def test_symbols_take_the_places_of_those_that_left() -> None:
    venue = BinanceUsdm(IngestSettings())
    shards = ShardMap(venue.routes, venue.max_streams)
    symbols = [f"S{number}USDT" for number in range(300)]
    for symbol in symbols:
        shards.add(symbol)
    names = [shard.name for shard in shards.shards]
    assert sorted(names) == ["market-0", "market-1", "market-2", "public-0", "public-1"]
    assert all(len(shard.streams) <= MAX_STREAMS for shard in shards.shards)
    for route in venue.routes:
        mine = [shard for shard in shards.shards if shard.route is route]
        assert sorted(s for shard in mine for s in shard.symbols) == sorted(symbols)
    gone = [empty.name for symbol in symbols[:200] for empty in shards.remove(symbol)]
    assert gone == ["market-0", "public-0", "market-1"]
    assert [shard.name for shard in shards.add("NEWUSDT")] == ["market-0"]
    shards.remove(symbols[250])
    assert shards.add("OTHERUSDT") == []


class Mute(NoFaults):
    """Acknowledges subscriptions and sends nothing."""

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        return ()


@pytest.mark.parametrize(("faults", "resets"), [(NoFaults(), True), (Mute(), False)])
async def test_only_a_connection_that_lived_and_delivered_frames_resets_the_backoff(
    faults: NoFaults, resets: bool
) -> None:
    config = ExchangeConfig(symbols=SYMBOLS, connection_lifetime_s=0.4)
    async with running(config, faults) as exchange:
        settings = settings_for(exchange)
        venue = venue_of(settings)
        market = LiveMarket(venue, settings, KeptOutlet(), lambda feed: None)
        shards = ShardMap(venue.routes, venue.max_streams)
        for symbol in SYMBOLS:
            market.add(symbol)
            shards.add(symbol)
        shard = next(shard for shard in shards.shards if shard.route.carries_depth)
        backoff = Backoff(base_s=0.05)
        attempts: list[int] = []

        def open_connection(is_active: bool) -> ShardConnection:
            return ShardConnection(venue, shard, market, market.take, is_active)

        keeper = ShardKeeper(
            shard.name,
            open_connection,
            lambda result: attempts.append(backoff.attempts),
            backoff,
            lifetime_s=60.0,
            stable_s=0.2,
        )
        keeping = asyncio.create_task(keeper.run())
        await until(lambda: len(attempts) >= 5)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert attempts == ([0] * len(attempts) if resets else list(range(len(attempts))))
