"""A demo run in process: the simulated market through ingest's parser, the engine and the sink.

No broker: what the topics would carry is handed over directly, so that a store full of real signals
takes seconds.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from ingest.capture_writer import CaptureWriter
from ingest.exchange.market import payloads
from ingest.exchange.market.feed import SimulatedFeed
from ingest.exchange.market.simulated_symbol import SimulatedSymbol
from ingest.exchange.market.spec import spec_of
from ingest.offline import market_records
from processors.engine.engine import MarketEngine
from processors.sink.sink import ClickHouseSink
from schemas.control import DeadLetter
from schemas.fate.model import FateForecast
from schemas.market import FeedStatus, MarketRecord, OpenInterest, StreamState, Trades
from schemas.record import Record
from schemas.settings import (
    ClickHouseSettings,
    EngineSettings,
    FateSettings,
    KafkaSettings,
    LedgerSettings,
    RiskSettings,
    Settings,
)
from schemas.signals.pulse import MarketPulse
from schemas.topics import (
    OPEN_INTEREST,
    STATUS,
    TOPIC_OF_SIGNAL,
    Topic,
    topic_of_record,
)
from tests.support.markets.fate_model import fate_model
from tests.support.processing.mirror import told_with_mirror
from tests.support.servers.clickhouse_server import unique_database

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT")
VENUE: Final = "binance_usdm"
START_MS: Final = 1_766_000_000_000 // 900_000 * 900_000 + 780_000
"""Two minutes before a quarter of an hour ends, so that a smart-money bar closes."""
SECONDS: Final = 455
"""Ends while walls stand on both symbols."""
SEED: Final = 7
TRANSIT_MS: Final = 15
"""From the venue's clock to ours."""
MOST_PENDING: Final = 50
MAX_LOSS_USD: Final = 1_000.0
SNAPSHOT_AFTER_MS: Final = 500
POLL_MS: Final = 20_000
NS_PER_MS: Final = 1_000_000
US_PER_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class DemoStore:
    """A store that holds a demo run."""

    settings: ClickHouseSettings
    symbols: tuple[str, ...]
    from_ms: int
    to_ms: int


def fill(store: ClickHouseSettings) -> DemoStore:
    """Write the signals of a demo run to a store; the same every time."""
    asyncio.run(_fill(store))
    return DemoStore(store, SYMBOLS, START_MS, START_MS + SECONDS * 1_000)


@pytest.fixture(scope="session")
def demo_store(clickhouse_server: str) -> DemoStore:
    """A real ClickHouse server with a demo run; tests only read it."""
    return fill(ClickHouseSettings(url=clickhouse_server, database=unique_database()))


async def _fill(store: ClickHouseSettings) -> None:
    # The market time of a demo run stands still: no row may become too old.
    kept = store.model_copy(update={"keep_days": 0, "keep_book_days": 0})
    # Fewer than the run has readings, so that some are void.
    engine = EngineSettings(
        ledger=LedgerSettings(max_pending=MOST_PENDING),
        risk=RiskSettings(max_loss_usd=MAX_LOSS_USD, horizon_ms=60_000),
        fate=FateSettings(model=fate_model(*FateForecast)),
    )
    settings = Settings(clickhouse=kept, kafka=KafkaSettings(group="demo"), engine=engine)
    sink = ClickHouseSink(settings, _no_dead_letter)
    await sink.start()
    offsets: Counter[str] = Counter()
    for topic, record in _published(settings):
        received_us = getattr(record, "received_us", START_MS * US_PER_MS)
        await sink.add(
            topic.name, 0, offsets[topic.name], record.model_dump_json().encode(), received_us
        )
        offsets[topic.name] += 1
    await sink.stop(timeout_s=60)


async def _no_dead_letter(letter: DeadLetter) -> None:
    raise AssertionError(f"a demo run has no dead letters: {letter.reason}")


def _published(settings: Settings) -> Iterator[tuple[Topic, Record]]:
    """Yield what the sink reads: polls, stream states and signals."""
    for symbol in SYMBOLS:
        yield from _stream_states(symbol)
        engine = MarketEngine(VENUE, symbol, settings.engine_for(symbol), with_pulses=True)
        pulses: list[MarketPulse] = []
        offsets: Counter[str] = Counter()
        for record in _market(symbol, settings):
            topic = topic_of_record(record)
            if topic is OPEN_INTEREST:
                yield topic, record
            for signal in engine.apply(record, offsets[topic.name]):
                yield TOPIC_OF_SIGNAL[type(signal)], signal
            offsets[topic.name] += 1
            pulses += engine.take_pulses()
        if symbol == SYMBOLS[0]:
            for signal in told_with_mirror(pulses):
                yield TOPIC_OF_SIGNAL[type(signal)], signal


def _market(symbol: str, settings: Settings) -> Iterator[MarketRecord]:
    """Yield what ingest would publish, with the newest poll named by every trade pack."""
    with tempfile.TemporaryDirectory(prefix="wallwatch-demo-") as folder:
        path = Path(folder) / "demo"
        polls = _simulate(symbol, settings, path)
        named = 0
        for record in market_records(path, settings, [symbol]):
            assert not isinstance(record, DeadLetter)
            if isinstance(record, Trades):
                while polls and polls[0].received_us <= record.received_us:
                    named = polls[0].event_time
                    yield polls.pop(0)
                yield record.model_copy(update={"open_interest_time": named})
            else:
                assert isinstance(record, MarketRecord)
                yield record


def _simulate(symbol: str, settings: Settings, path: Path) -> list[OpenInterest]:
    """Write the frames of a simulated market to a capture and return its open-interest polls."""
    lower = symbol.lower()
    depth = f"{lower}@depth@{settings.ingest.depth_interval}"
    wanted = {depth, f"{lower}@aggTrade", f"{lower}@markPrice@1s"}
    place = SYMBOLS.index(symbol)
    market = SimulatedSymbol(spec_of(symbol), SEED, START_MS, place)
    feed = SimulatedFeed(market)
    polls: list[OpenInterest] = []
    with CaptureWriter(path) as capture:
        snapshot_due = True
        while market.now_ms < START_MS + SECONDS * 1_000:
            frames = list(feed.step(wanted.__contains__))
            received_ns = (market.now_ms + TRANSIT_MS) * NS_PER_MS
            for stream, payload in frames:
                frame = b'{"stream":"%b","data":%b}' % (stream.encode(), payload)
                capture.write(received_ns, frame)
            if snapshot_due and market.now_ms >= START_MS + SNAPSHOT_AFTER_MS:
                snapshot_due = False
                capture.write(received_ns, payloads.depth_snapshot(market, 1_000))
            if (market.now_ms - START_MS) % POLL_MS == 0:
                polls.append(_poll(market))
    return polls


def _poll(market: SimulatedSymbol) -> OpenInterest:
    answer = payloads.open_interest(market)
    return OpenInterest(
        venue=VENUE,
        symbol=market.spec.symbol,
        event_time=answer["time"],
        received_us=(market.now_ms + TRANSIT_MS) * US_PER_MS,
        open_interest=float(answer["openInterest"]),
        mark_price=market.mark_price,
        funding_rate=market.funding_rate,
    )


def _stream_states(symbol: str) -> Iterator[tuple[Topic, FeedStatus]]:
    """Yield a short history of states: one stream that went silent and came back."""
    lower = symbol.lower()
    history = [
        (f"{lower}@depth@100ms", 0, StreamState.UP, ""),
        (f"{lower}@aggTrade", 0, StreamState.UP, ""),
        (f"{lower}@aggTrade", 240_000, StreamState.SILENT, "no frame for 30 s"),
        (f"{lower}@aggTrade", 262_000, StreamState.UP, ""),
        (f"{lower}@depth@100ms", 300_000, StreamState.GAP, "pu 17 does not follow 12"),
        (f"{lower}@depth@100ms", 300_100, StreamState.RESYNC, "waits for a snapshot"),
        (f"{lower}@depth@100ms", 300_700, StreamState.UP, ""),
    ]
    for stream, after_ms, state, reason in history:
        yield (
            STATUS,
            FeedStatus(
                venue=VENUE,
                symbol=symbol,
                event_time=START_MS + after_ms,
                received_us=(START_MS + after_ms + TRANSIT_MS) * US_PER_MS,
                stream=stream,
                state=state,
                reason=reason,
            ),
        )
