"""A symbol whose snapshots hang, fail or never hold costs its neighbours no turn and no weight."""

import asyncio
import json
from dataclasses import replace

import pytest

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.faults import NoFaults, RestCall, RestReply
from ingest.feeds.snapshots import FREE_SNAPSHOTS
from schemas.market import DepthDiff, DepthSnapshot
from schemas.settings import IngestSettings
from tests.support.ingesting.sessions import LiveSession, live_session
from tests.support.servers.exchange import Running, running

BAD = ("ETHUSDT", "SOLUSDT", "BNBUSDT")
GOOD = "BTCUSDT"
TIMEOUT_S = 1.0
"""How long a hanging answer holds its place."""
RESYNCS = 4
SOON_S = 5.0


class BadBooks(NoFaults):
    """Depth answers of some symbols hang, fail, or hold a book that contradicts itself."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.over = asyncio.Event()
        self.asked: list[str] = []

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        if not call.path.endswith("depth"):
            return reply
        self.asked.append(call.symbol)
        if call.symbol not in BAD:
            return reply
        if self.kind == "hangs":
            await self.over.wait()
        if self.kind == "fails":
            return RestReply(503, b"{}", reply.headers)
        book = json.loads(reply.body)
        crossed = {**book, "bids": book["asks"], "asks": book["bids"]}
        return replace(reply, body=json.dumps(crossed).encode())


def settings_of(exchange: Running, **more: object) -> IngestSettings:
    urls = {key: exchange.ready[key] for key in ("websocket_url", "rest_url")}
    return IngestSettings.model_validate(
        {
            **urls,
            # The bad ones come first in the watch list.
            "symbols": (*BAD, GOOD),
            "smart_money_symbols": (),
            "snapshot_timeout_s": TIMEOUT_S,
            **more,
        }
    )


async def lose_the_book(live: LiveSession) -> None:
    """Have the good symbol ask for a snapshot, and wait until its book is whole again."""
    feed = live.session.market.feeds[GOOD]
    before = len(live.outlet.of(GOOD, DepthSnapshot))
    feed.on_broker_loss(1)
    await live.until(lambda: len(live.outlet.of(GOOD, DepthSnapshot)) > before, SOON_S)
    diffs = len(live.outlet.of(GOOD, DepthDiff))
    await live.until(lambda: len(live.outlet.of(GOOD, DepthDiff)) > diffs, SOON_S)


@pytest.mark.parametrize("kind", ["hangs", "fails", "contradicts"])
async def test_a_neighbour_gets_its_snapshot_at_once(kind: str) -> None:
    faults = BadBooks(kind)
    config = ExchangeConfig(symbols=(*BAD, GOOD))
    async with running(config, faults) as exchange, live_session(settings_of(exchange)) as live:
        try:
            await live.until(lambda: faults.asked.count(BAD[0]) > 1, 4 * SOON_S)
            for _ in range(RESYNCS):
                await lose_the_book(live)
        finally:
            faults.over.set()


async def test_a_book_that_never_holds_does_not_use_up_the_weight() -> None:
    faults = BadBooks("contradicts")
    config = ExchangeConfig(symbols=(*BAD, GOOD))
    async with running(config, faults) as exchange, live_session(settings_of(exchange)) as live:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await live.until(lambda: faults.asked.count(BAD[0]) > FREE_SNAPSHOTS, 4 * SOON_S)
        await lose_the_book(live)
        await live.until(lambda: loop.time() - began_s > SOON_S, 2 * SOON_S)
        spent_s = loop.time() - began_s
        for symbol in BAD:
            # Some go at once, then the pauses grow.
            assert faults.asked.count(symbol) <= FREE_SNAPSHOTS + 1 + 2 * spent_s
