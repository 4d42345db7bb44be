"""A session with the built-in exchange while things go wrong."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from ingest.exchange.config import ExchangeConfig
from ingest.exchange.control import STATUS_PATH
from ingest.exchange.faults import NoFaults, RestCall, RestReply
from ingest.exchange.server import run_exchange
from ingest.kept_lines import capture_symbols
from ingest.offline import market_records
from ingest.ops.report import build_report
from ingest.recorder import run_record
from ingest.service import rest_client
from ingest.venue_session import VenueSession
from ingest.venues.binance.usdm import BinanceUsdm
from schemas.control import DeadLetter
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthSnapshot,
    ResetReason,
    StreamState,
    Trades,
)
from schemas.settings import IngestSettings, Settings
from tests.support.ingesting.sessions import KeptOutlet

SYMBOLS = ("BTCUSDT", "ETHUSDT")
BTC_DEPTH = "btcusdt@depth@100ms"
DEADLINE_S = 15.0


@asynccontextmanager
async def exchange(faults: NoFaults | None = None, **config: Any) -> AsyncIterator[IngestSettings]:
    """Run an exchange; gives the settings to reach it."""
    stop = asyncio.Event()
    ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    setup = ExchangeConfig(symbols=SYMBOLS, **config)
    task = asyncio.create_task(run_exchange(setup, stop, ready.set_result, faults))
    try:
        facts = await asyncio.wait_for(ready, DEADLINE_S)
        yield IngestSettings(
            symbols=SYMBOLS, websocket_url=facts["websocket_url"], rest_url=facts["rest_url"]
        )
    finally:
        stop.set()
        await asyncio.wait_for(task, DEADLINE_S)


async def run_until(
    settings: IngestSettings,
    condition: Callable[[KeptOutlet], bool],
    symbols: tuple[str, ...] = SYMBOLS,
) -> tuple[KeptOutlet, dict[str, Any]]:
    """Run a session of the symbols until its output meets the condition."""
    outlet, stop, venue = KeptOutlet(), asyncio.Event(), BinanceUsdm(settings)
    async with rest_client(venue, settings) as (rest, budget):
        session = VenueSession(venue, settings, symbols, rest, outlet, lambda _: None)
        running = asyncio.create_task(session.run(stop, ()))
        try:
            await outlet.until(lambda: condition(outlet), DEADLINE_S)
        finally:
            stop.set()
            assert await asyncio.wait_for(running, DEADLINE_S) is False
        return outlet, build_report(session, {}, rest, budget)


async def until_sent(settings: IngestSettings, frames: int) -> None:
    """Wait until the exchange has sent so many frames."""
    async with asyncio.timeout(DEADLINE_S), aiohttp.ClientSession() as http:
        while True:
            async with http.get(settings.rest_url + STATUS_PATH) as answer:
                if (await answer.json())["frames_sent_total"] >= frames:
                    return
            await asyncio.sleep(0.05)


def check_depth(records: Sequence[Any]) -> None:
    """Updates are contiguous from every snapshot on, times never run backwards."""
    for before, after in pairwise(records):
        assert after.event_time >= before.event_time
        if isinstance(after, DepthSnapshot):
            assert isinstance(before, BookReset)
        if isinstance(after, DepthDiff):
            assert not isinstance(before, BookReset)
            if isinstance(before, DepthDiff):
                assert after.prev_update_id == before.last_update_id


@dataclass
class DropOne(NoFaults):
    """Loses the tenth depth frame of BTCUSDT."""

    seen: int = 0

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        if stream == BTC_DEPTH:
            self.seen += 1
            if self.seen == 10:
                return ()
        return (payload,)


async def test_a_lost_frame_costs_its_symbol_one_snapshot_and_others_nothing() -> None:
    async with exchange(DropOne()) as settings:
        outlet, report = await run_until(
            settings,
            lambda o: (
                len(o.of("BTCUSDT", DepthSnapshot)) == 2 and len(o.of("BTCUSDT", DepthDiff)) > 15
            ),
        )
    btc = outlet.of("BTCUSDT", BookReset, DepthSnapshot, DepthDiff)
    check_depth(btc)
    resets = [r.reason for r in btc if isinstance(r, BookReset)]
    assert list(dict.fromkeys(resets)) == [ResetReason.START, ResetReason.GAP]
    eth = outlet.of("ETHUSDT", BookReset, DepthSnapshot, DepthDiff)
    check_depth(eth)
    assert {r.reason for r in eth if isinstance(r, BookReset)} == {ResetReason.START}
    assert sum(isinstance(r, DepthSnapshot) for r in eth) == 1
    assert (report["gaps"], report["resyncs"]) == (1, 1)
    up, resync = StreamState.UP, StreamState.RESYNC
    assert outlet.states(BTC_DEPTH)[:5] == [resync, up, StreamState.GAP, resync, up]


class CutOne(DropOne):
    """Sends the tenth depth frame of BTCUSDT cut short."""

    def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
        kept = super().frame(connection, stream, payload)
        return kept or (payload[: len(payload) // 2],)


async def test_a_broken_frame_is_kept_as_a_dead_letter_and_the_book_is_built_anew() -> None:
    async with exchange(CutOne()) as settings:
        outlet, report = await run_until(
            settings, lambda o: len(o.of("BTCUSDT", DepthSnapshot)) == 2
        )
    (letter,) = [r for r in outlet.records if isinstance(r, DeadLetter)]
    assert letter.source == "binance_usdm:public-0"
    assert '"stream":"btcusdt@depth@100ms"' in letter.payload.replace(" ", "")
    assert report["dead_letters"] == 1
    assert outlet.of("ETHUSDT", Trades)


@dataclass
class Overdrawn(NoFaults):
    """Answers the first depth request with 429 and a pause of one second."""

    asked: list[float] = field(default_factory=list)

    async def rest(self, call: RestCall, reply: RestReply) -> RestReply:
        if not call.path.endswith("depth"):
            return reply
        self.asked.append(time.monotonic())
        if len(self.asked) > 1:
            return reply
        return replace(reply, status=429, body=b"{}", headers={"Retry-After": "1"})


async def test_after_429_no_request_leaves_before_the_time_named() -> None:
    faults = Overdrawn()
    async with exchange(faults) as settings:
        # One symbol: a second one's request could be under way when the answer comes.
        outlet, report = await run_until(
            settings, lambda o: bool(o.of("BTCUSDT", DepthDiff)), ("BTCUSDT",)
        )
    assert report["http_429"] == 1
    first, *later = faults.asked
    assert later
    assert min(later) - first >= 1.0
    check_depth(outlet.of("BTCUSDT", BookReset, DepthSnapshot, DepthDiff))


async def test_a_closed_connection_is_opened_again_and_the_book_declared_lost() -> None:
    async with exchange(connection_lifetime_s=1.0) as settings:
        outlet, report = await run_until(
            settings, lambda o: len(o.of("BTCUSDT", DepthSnapshot)) == 2
        )
    depth = outlet.of("BTCUSDT", BookReset, DepthSnapshot, DepthDiff)
    check_depth(depth)
    reasons = [r.reason for r in depth if isinstance(r, BookReset)]
    assert list(dict.fromkeys(reasons)) == [ResetReason.START, ResetReason.DISCONNECT]
    assert report["reconnects"] >= 2
    assert StreamState.DOWN in outlet.states(BTC_DEPTH)


async def test_a_stream_that_never_sends_is_reported_silent() -> None:
    class Mute(NoFaults):
        def frame(self, connection: int, stream: str, payload: bytes) -> Sequence[bytes]:
            return () if stream == BTC_DEPTH else (payload,)

    async with exchange(Mute()) as settings:
        impatient = settings.model_copy(update={"silence_s": 0.5})
        outlet, _ = await run_until(impatient, lambda o: bool(o.states(BTC_DEPTH)))
    assert outlet.states(BTC_DEPTH) == [StreamState.SILENT]
    assert outlet.of("BTCUSDT", BookReset, DepthDiff) == []


async def test_a_recording_gives_the_same_books_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "two.gz"
    async with exchange() as ingest:
        stop, ready = asyncio.Event(), asyncio.Event()
        settings = Settings(ingest=ingest)
        task = asyncio.create_task(run_record(settings, path, stop, lambda _: ready.set()))
        await asyncio.wait_for(ready.wait(), DEADLINE_S)
        await until_sent(ingest, 60)
        stop.set()
        report = await asyncio.wait_for(task, DEADLINE_S)
    assert capture_symbols(path) == SYMBOLS
    records = list(market_records(path, settings))
    for symbol in SYMBOLS:
        depth = [
            r
            for r in records
            if isinstance(r, BookReset | DepthSnapshot | DepthDiff) and r.symbol == symbol
        ]
        check_depth(depth)
        assert sum(isinstance(r, DepthSnapshot) for r in depth) == 1
    applied = sum(isinstance(record, DepthDiff) for record in records)
    assert applied == report["diffs_applied"] > 10
    trades = [t for r in records if isinstance(r, Trades) for t in r.trades]
    assert len(trades) == report["frames"]["TradeUpdate"] > 0
    assert not any(isinstance(record, DeadLetter) for record in records)
