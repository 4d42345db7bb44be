"""run_ingest against the built-in exchange and a real broker."""

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import IngestError
from ingest.exchange.config import ExchangeConfig, Mode
from ingest.offline import market_records
from ingest.service import run_ingest
from schemas.kafka.admin import ensure_topics
from schemas.market import (
    BookReset,
    DepthDiff,
    DepthHeartbeat,
    DepthSnapshot,
    StreamState,
    Trades,
)
from schemas.settings import VenueName
from schemas.topics import DEAD_LETTERS, DEPTH, OPEN_INTEREST, STATUS, TRADES
from tests.support.ingesting.service import QUICK_S, broker, ingesting, read_topics, settings_for
from tests.support.markets.captures import CAPTURE, SPOT_CAPTURE
from tests.support.servers.exchange import Running, running

DEADLINE_S = 60.0

__all__ = ["broker"]


def without_receipt(record: Any) -> dict[str, Any]:
    """Return a record without its receive time."""
    values: dict[str, Any] = record.model_dump()
    del values["received_us"]
    return values


@dataclass(frozen=True)
class Held:
    """What a capture holds."""

    venue: VenueName
    file: Path
    diffs: int
    """Those that the first snapshot does not contain."""
    trades: int
    interest: list[StreamState]
    """What becomes of the open-interest polls."""

    def __str__(self) -> str:
        return self.venue


USDM = Held("binance_usdm", CAPTURE, 6_547, 21_313, [StreamState.DOWN])
SPOT = Held("binance_spot", SPOT_CAPTURE, 3_449, 9_757, [])


@pytest.mark.capture
@pytest.mark.parametrize(("held", "speed"), [(USDM, "max"), (USDM, 200.0), (SPOT, "max")], ids=str)
async def test_a_capture_reaches_the_topics_whole_and_as_the_offline_reader_sees_it(
    broker: str, held: Held, speed: Any
) -> None:
    if not held.file.exists():
        pytest.skip("the capture is not here")
    config = ExchangeConfig(venue=held.venue, mode=Mode.CAPTURE, file=held.file, speed=speed)
    async with running(config) as exchange:
        settings = settings_for(broker, exchange.ready, venue=held.venue)
        await ensure_topics(settings.kafka)
        report = await asyncio.wait_for(
            run_ingest(settings, asyncio.Event(), lambda _: None), DEADLINE_S
        )
        status = await exchange.status()
    values = await read_topics(broker, DEPTH, TRADES, OPEN_INTEREST, STATUS, DEAD_LETTERS)

    assert report["dead_letters"] == 0
    assert values[DEAD_LETTERS.name] == []
    assert (report["gaps"], report["reconnects"], report["diffs_applied"]) == (0, 0, held.diffs)
    assert (status["http_429"], status["http_418"]) == (0, 0)
    assert values[OPEN_INTEREST.name] == []
    polls = [s.state for s in values[STATUS.name] if s.stream == "btcusdt@openInterest"]
    assert polls == held.interest

    offline = list(market_records(held.file, settings))
    kinds = (DepthSnapshot, DepthDiff)
    depth = values[DEPTH.name]
    assert isinstance(depth[0], BookReset)
    assert [without_receipt(r) for r in depth if isinstance(r, kinds)] == [
        without_receipt(r) for r in offline if isinstance(r, kinds)
    ]
    assert all(a.event_time <= b.event_time for a, b in pairwise(depth))
    packs = [record for record in offline if isinstance(record, Trades)]
    trades = [trade for pack in values[TRADES.name] for trade in pack.trades]
    assert len(trades) == held.trades
    assert trades == [trade for pack in packs for trade in pack.trades]
    assert values[TRADES.name][-1].watermark == packs[-1].watermark
    if held is USDM:
        # The mark price goes on telling the time when depth and trades have ended.
        assert packs[-1].watermark == 1723161602000
        assert isinstance(depth[-1], DepthHeartbeat)
        assert depth[-1].event_time == 1723161602000


async def test_a_live_market_brings_books_trades_and_polls(broker: str) -> None:
    config = ExchangeConfig(symbols=("BTCUSDT", "ETHUSDT"))
    async with running(config) as exchange:
        settings = settings_for(
            broker,
            exchange.ready,
            symbols=("BTCUSDT", "ETHUSDT"),
            open_interest_interval_s=0.5,
        )
        await ensure_topics(settings.kafka)
        async with ingesting(settings) as ingest:
            await until_frames(exchange, 200)
        report = ingest.report
        status = await exchange.status()
    values = await read_topics(broker, DEPTH, TRADES, OPEN_INTEREST, STATUS)
    assert report["gaps"] == 0
    assert report["records"][DEPTH.name] == len(values[DEPTH.name])
    assert (status["http_429"], status["http_418"]) == (0, 0)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        depth = [r for r in values[DEPTH.name] if r.symbol == symbol]
        diffs = [r for r in depth if isinstance(r, DepthDiff)]
        assert len([r for r in depth if isinstance(r, DepthSnapshot)]) == 1
        assert all(b.prev_update_id == a.last_update_id for a, b in pairwise(diffs))
        assert all(a.event_time <= b.event_time for a, b in pairwise(depth))
        check_watermarks([r for r in values[TRADES.name] if r.symbol == symbol])
        polls = [r for r in values[OPEN_INTEREST.name] if r.symbol == symbol]
        assert len(polls) >= 2
        assert all(a.event_time < b.event_time for a, b in pairwise(polls))
        assert polls[-1].mark_price is not None
        named = {r.open_interest_time for r in values[TRADES.name] if r.symbol == symbol}
        assert named - {0} <= {poll.event_time for poll in polls}
        states = [
            r.state for r in values[STATUS.name] if r.stream == f"{symbol.lower()}@depth@100ms"
        ]
        assert states[:2] == [StreamState.RESYNC, StreamState.UP]


def check_watermarks(packs: list[Trades]) -> None:
    assert all(a.watermark <= b.watermark for a, b in pairwise(packs))
    promised = 0
    for pack in packs:
        assert all(trade.event_time > promised for trade in pack.trades)
        promised = pack.watermark


async def until_frames(exchange: Running, count: int) -> None:
    """Wait until the exchange has sent so many frames and answered a few polls."""
    async with asyncio.timeout(QUICK_S):
        while True:
            status = await exchange.status()
            polls = status["rest"].get("/fapi/v1/openInterest", {"calls": 0})["calls"]
            if status["frames_sent_total"] >= count and polls >= 6:
                return
            await asyncio.sleep(0.05)


async def test_an_unknown_symbol_is_named_with_its_neighbours(broker: str) -> None:
    async with running(ExchangeConfig(symbols=("BTCUSDT", "ETHUSDT"))) as exchange:
        settings = settings_for(broker, exchange.ready, symbols=("BTCUSTD",))
        with pytest.raises(IngestError, match=r"^symbol BTCUSTD .*did you mean BTCUSDT"):
            await run_ingest(settings, asyncio.Event(), lambda _: None)


async def test_an_unreachable_broker_is_one_line() -> None:
    async with running(ExchangeConfig(symbols=("BTCUSDT",))) as exchange:
        settings = settings_for("127.0.0.1:9", exchange.ready)
        with pytest.raises(IngestError, match=r"^kafka broker 127\.0\.0\.1:9 cannot be reached"):
            await run_ingest(settings, asyncio.Event(), lambda _: None)


async def test_missing_topics_are_one_line(broker: str) -> None:
    async with running(ExchangeConfig(symbols=("BTCUSDT",))) as exchange:
        settings = settings_for(broker, exchange.ready)
        with pytest.raises(IngestError, match=r"no topic market\.depth"):
            await run_ingest(settings, asyncio.Event(), lambda _: None)


async def test_an_unreachable_venue_is_one_line() -> None:
    exchange = {"websocket_url": "ws://127.0.0.1:9", "rest_url": "http://127.0.0.1:9"}
    with pytest.raises(IngestError, match=r"^venue binance_usdm at http://127\.0\.0\.1:9"):
        await run_ingest(settings_for("127.0.0.1:9", exchange), asyncio.Event(), lambda _: None)
