"""OKX spot: the protocol of swaps with quantities in coins and no open interest."""

import json

import pytest

from ingest.venues.okx.spot import OkxSpot
from schemas.instrument import Instrument, MarketKind
from schemas.market import DepthSnapshot
from schemas.settings import IngestSettings
from tests.support.markets.captures import OKX_SPOT_BOOK
from tests.support.markets.one_feed import OneFeed

VENUE = OkxSpot(IngestSettings(venue="okx_spot"))


def test_it_has_books_and_trades_and_no_open_interest() -> None:
    (route,) = VENUE.routes
    assert route.streams("BTC-USDT") == ("books:BTC-USDT", "trades:BTC-USDT")
    assert VENUE.interest_request("BTC-USDT") is None
    assert VENUE.interest_stream("BTC-USDT") not in route.streams("BTC-USDT")
    assert VENUE.max_streams == 29 * 2


def test_the_listing_states_pairs() -> None:
    entry = {
        "instType": "SPOT",
        "instId": "BTC-USDT",
        "ctType": "",
        "ctVal": "",
        "baseCcy": "BTC",
        "quoteCcy": "USDT",
        "tickSz": "0.1",
        "lotSz": "0.00000001",
        "state": "live",
    }
    other = entry | {"instId": "ETH-BTC", "baseCcy": "ETH", "quoteCcy": "BTC", "state": "suspend"}
    raw = json.dumps({"code": "0", "msg": "", "data": [entry, other]}).encode()
    first, second = VENUE.parse_symbols(raw).symbols
    assert (first.trades, first.in_all, second.trades, second.in_all) == (True, True, False, False)
    assert first.instrument == Instrument(
        venue="okx_spot",
        symbol="BTC-USDT",
        base="BTC",
        quote="USDT",
        kind=MarketKind.SPOT,
        tick=0.1,
        lot=1e-8,
        status="live",
    )


@pytest.mark.capture
@pytest.mark.skipif(not OKX_SPOT_BOOK.exists(), reason="the frames are not here")
def test_every_real_update_follows_in_coins() -> None:
    one = OneFeed(VENUE, "BTC-USDT")
    one.take([line for line in OKX_SPOT_BOOK.read_bytes().splitlines() if line])
    counts = one.feed.depth.counts
    assert (counts.snapshots, counts.applied, counts.gaps) == (1, 6, 0)
    image = next(record for record in one.records if isinstance(record, DepthSnapshot))
    assert image.asks[0] == (78_722.3, 0.38699412)
