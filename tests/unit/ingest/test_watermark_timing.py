"""Where watermarks stand in the log changes when signals are made, never what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ingest.feeds.trades.waiting_depth import DEPTH_WAIT_MS
from ingest.publish.outlet import PutResult
from processors.engine.engine import MarketEngine
from schemas.market import DepthDiff, MarketRecord, Trades
from schemas.record import Record
from schemas.settings import Settings
from tests.support.ingesting.simulated_streams import SimulatedStreams

START_MS = 1_700_000_000_000
SECONDS = 30
FIRST_WORD_MS = 1_000
SETTINGS = Settings()


def records_of(symbol: str, neighbours_every_ms: int | None) -> list[MarketRecord]:
    """Return the records of a simulated market. `neighbours_every_ms`: how often other symbols on
    its connection tell what time it is; None: it is alone."""
    records: list[MarketRecord] = []

    def emit(record: Record, bypass_limit: bool = False) -> PutResult:
        assert isinstance(record, MarketRecord)
        records.append(record)
        return PutResult.TAKEN

    streams = SimulatedStreams(symbol, START_MS, SETTINGS, emit)
    feed = streams.feed
    while streams.now_ms < START_MS + SECONDS * 1_000:
        streams.step(lambda: 0 if neighbours_every_ms is None else 1_000)
        now_ms = streams.now_ms
        if neighbours_every_ms and now_ms % neighbours_every_ms == 0:
            safe_time = now_ms - SETTINGS.ingest.clock_margin_ms
            feed.on_connection_clock(safe_time, now_ms * 1_000, float(now_ms))
        feed.tick(float(now_ms))
    feed.finish(float(streams.now_ms))
    assert feed.trades.late_trades == 0
    return records


def signals_of(symbol: str, records: list[MarketRecord]) -> Iterator[dict[str, Any]]:
    """Give what an engine says to the records, without when their last one was received."""
    settings = SETTINGS.engine_for(symbol)
    engine = MarketEngine(SETTINGS.ingest.venue, symbol, settings)
    for offset, record in enumerate(records):
        for signal in engine.apply(record, offset):
            yield signal.model_dump(mode="json", exclude={"received_us"})


@pytest.mark.parametrize("symbol", ["BTCUSDT", "SIM001USDT"])
def test_neighbours_that_tell_the_time_change_no_signal(symbol: str) -> None:
    alone, among_others = records_of(symbol, None), records_of(symbol, 100)
    told = list(signals_of(symbol, alone))
    assert len(told) > SECONDS
    assert list(signals_of(symbol, among_others)) == told


def longest_wait_ms(records: list[MarketRecord]) -> float:
    """Return how long a depth record waited at most until the trades before it were complete, once
    the symbol has spoken: before, nobody speaks for it."""
    waiting: list[DepthDiff] = []
    waits_us = []
    for record in records:
        if isinstance(record, DepthDiff) and record.event_time >= START_MS + FIRST_WORD_MS:
            waiting.append(record)
        elif isinstance(record, Trades):
            free = [diff for diff in waiting if diff.event_time <= record.watermark]
            waits_us += [record.received_us - diff.received_us for diff in free]
            waiting = waiting[len(free) :]
    return max(waits_us) / 1_000


def test_a_quiet_symbol_need_not_wait_for_its_own_next_word() -> None:
    margin_ms, tells_ms = SETTINGS.ingest.clock_margin_ms, 100
    assert longest_wait_ms(records_of("SIM001USDT", None)) > 1_000
    wait_ms = longest_wait_ms(records_of("SIM001USDT", tells_ms))
    assert wait_ms <= margin_ms + DEPTH_WAIT_MS + 2 * tells_ms
