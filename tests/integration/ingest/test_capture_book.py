"""The real capture through the offline reader: every frame accounted for, the book always right."""

from itertools import pairwise

import pytest

from ingest.offline import market_records
from ingest.venues.binance.usdm import BinanceUsdm
from schemas.control import DeadLetter
from schemas.market import BookReset, DepthDiff, DepthHeartbeat, DepthSnapshot, ResetReason, Trades
from schemas.settings import IngestSettings, Settings
from tests.support.ingesting.tickers import bests_beside, tickers_of
from tests.support.markets.captures import CAPTURE

pytestmark = [
    pytest.mark.capture,
    pytest.mark.skipif(not CAPTURE.exists(), reason="the capture is not here"),
]
LAST_SECOND = 1_723_161_602_000


def test_every_frame_of_the_capture_is_accounted_for() -> None:
    records = list(market_records(CAPTURE, Settings()))
    depth = [record for record in records if not isinstance(record, Trades | DeadLetter)]
    packs = [record for record in records if isinstance(record, Trades)]
    assert len(depth) + len(packs) == len(records)
    first, second, *rest, last = depth
    assert isinstance(first, BookReset)
    assert (first.reason, first.event_time) == (ResetReason.START, 1_723_161_256_298)
    assert isinstance(second, DepthSnapshot)
    assert len(second.bids) == len(second.asks) == 1_000
    diffs = [record for record in rest if isinstance(record, DepthDiff)]
    assert len(diffs) == len(rest) == 6_547
    assert all(after.prev_update_id == before.last_update_id for before, after in pairwise(diffs))
    assert isinstance(last, DepthHeartbeat)
    assert last.event_time == packs[-1].watermark == LAST_SECOND
    assert sum(len(pack.trades) for pack in packs) == 21_313


@pytest.mark.parametrize("pack_ms", [0, 1_000])
def test_packing_changes_neither_trades_nor_what_is_promised_of_them(pack_ms: int) -> None:
    settings = Settings(ingest=IngestSettings(pack_ms=pack_ms))
    packs = [r for r in market_records(CAPTURE, settings) if isinstance(r, Trades)]
    assert sum(len(pack.trades) for pack in packs) == 21_313
    for before, after in pairwise(packs):
        assert all(trade.event_time > before.watermark for trade in after.trades)
    assert packs[-1].watermark == LAST_SECOND


def test_after_every_update_the_best_prices_are_those_of_the_newest_ticker() -> None:
    venue = BinanceUsdm(IngestSettings())
    tickers = tickers_of(CAPTURE, venue)
    pairs = list(bests_beside(market_records(CAPTURE, Settings()), tickers))
    assert len(pairs) == 6_547
    assert [pair for pair in pairs if pair[0] != pair[1]] == []
