"""Binance COIN-M: USD-M's protocol with quantities in contracts, held to a real capture."""

import json
from itertools import pairwise

import pytest

from compose.replay import replay
from ingest.exchange.config import ExchangeConfig
from ingest.offline import market_records
from ingest.venues.binance.coinm import BinanceCoinm
from ingest.venues.registry import venue_of
from schemas.control import DeadLetter
from schemas.instrument import Instrument, MarketKind
from schemas.kafka.admin import ensure_topics
from schemas.market import DepthDiff, OpenInterest, Trades
from schemas.settings import IngestSettings, Settings
from schemas.signals import LargeOrderEvent, Signal
from schemas.topics import OPEN_INTEREST
from tests.support.ingesting.service import TopicReader, broker, ingesting, settings_for
from tests.support.ingesting.tickers import bests_beside, tickers_of
from tests.support.markets.captures import COINM_CAPTURE as CAPTURE
from tests.support.servers.exchange import running

__all__ = ["broker"]
SETTINGS = Settings(ingest=IngestSettings(venue="binance_coinm"))
VENUE = BinanceCoinm(SETTINGS.ingest)
BTC = VENUE.instrument("BTCUSD_PERP")

needs_capture = pytest.mark.skipif(not CAPTURE.exists(), reason="the capture is not here")


def test_the_settings_name_the_venue_and_its_addresses() -> None:
    assert isinstance(venue_of(SETTINGS.ingest), BinanceCoinm)
    (route,) = VENUE.routes
    assert route.url == "wss://dstream.binance.com/stream"
    assert route.streams("BTCUSD_PERP")[0] == "btcusd_perp@depth@100ms"
    assert VENUE.depth_request("BTCUSD_PERP").path == "/dapi/v1/depth"
    assert SETTINGS.ingest.symbols == ("BTCUSD_PERP", "ETHUSD_PERP")


def test_the_listing_states_the_units() -> None:
    entry = {
        "symbol": "ETHUSD_PERP",
        "contractStatus": "TRADING",
        "contractType": "PERPETUAL",
        "baseAsset": "ETH",
        "quoteAsset": "USD",
        "contractSize": 10,
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "stepSize": "1", "minQty": "1"},
        ],
    }
    quarter = entry | {"symbol": "ETHUSD_261225", "contractType": "CURRENT_QUARTER"}
    raw = json.dumps({"symbols": [entry, quarter]}).encode()
    perpetual, dated = VENUE.parse_symbols(raw).symbols
    assert (perpetual.trades, perpetual.in_all, dated.in_all) == (True, True, False)
    assert perpetual.instrument == Instrument(
        venue="binance_coinm",
        symbol="ETHUSD_PERP",
        base="ETH",
        quote="USD",
        kind=MarketKind.INVERSE,
        contract_size=10.0,
        tick=0.01,
        lot=1.0,
        status="TRADING",
    )


@pytest.mark.parametrize(("symbol", "size"), [("BTCUSD_PERP", 100.0), ("SOLUSD_PERP", 10.0)])
def test_a_capture_has_no_listing_and_the_size_follows_from_the_name(
    symbol: str, size: float
) -> None:
    assert VENUE.instrument(symbol).contract_size == size


@pytest.mark.capture
@needs_capture
def test_after_every_update_the_best_prices_are_those_of_the_newest_ticker() -> None:
    records = list(market_records(CAPTURE, SETTINGS))
    assert not any(isinstance(record, DeadLetter) for record in records)
    diffs = [record for record in records if isinstance(record, DepthDiff)]
    assert len(diffs) == 26_824
    assert all(after.prev_update_id == before.last_update_id for before, after in pairwise(diffs))
    tickers = [
        ticker._replace(
            bid_qty=BTC.base_qty(ticker.bid_qty, ticker.bid),
            ask_qty=BTC.base_qty(ticker.ask_qty, ticker.ask),
        )
        for ticker in tickers_of(CAPTURE, VENUE)
    ]
    pairs = list(bests_beside(records, tickers))
    assert len(pairs) == 26_824
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


@pytest.mark.capture
@needs_capture
def test_every_quantity_is_a_whole_number_of_contracts() -> None:
    for record in market_records(CAPTURE, SETTINGS):
        levels = [*record.bids, *record.asks] if isinstance(record, DepthDiff) else []
        if isinstance(record, Trades):
            levels = [(trade.price, trade.qty) for trade in record.trades]
        for price, qty in levels:
            assert BTC.base_qty(BTC.lots(qty, price), price) == qty


@pytest.mark.capture
@needs_capture
def test_large_orders_are_whole_contracts_too_and_conserve_them() -> None:
    orders: list[LargeOrderEvent] = []

    def keep(signal: Signal) -> None:
        if isinstance(signal, LargeOrderEvent) and signal.levels == 1:
            orders.append(signal)

    replay(CAPTURE, SETTINGS, on_signal=keep)
    assert len(orders) > 10
    for order in orders:
        parts = (order.initial_qty, order.added_qty, -order.traded_qty, -order.cancelled_qty)
        contracts = [part * order.price / 100 for part in parts]
        left = sum(contracts) - order.unexplained_qty * order.price / 100
        assert all(abs(one - round(one)) < 1e-5 for one in contracts)
        assert left == pytest.approx(order.current_qty * order.price / 100, abs=1e-5)


async def test_open_interest_is_published_in_base_currency(broker: str) -> None:
    config = ExchangeConfig(venue="binance_coinm", symbols=("BTCUSD_PERP",))
    async with running(config) as exchange:
        settings = settings_for(
            broker,
            exchange.ready,
            venue="binance_coinm",
            symbols=("BTCUSD_PERP",),
            open_interest_interval_s=0.5,
        )
        await ensure_topics(settings.kafka)
        async with ingesting(settings), TopicReader(broker, OPEN_INTEREST) as reader:
            polls = reader.values[OPEN_INTEREST.name]
            await reader.until(lambda: bool(polls))
    poll = polls[0]
    assert isinstance(poll, OpenInterest)
    assert poll.mark_price is not None
    # The simulated market's open interest is about 5e9 USD.
    assert poll.open_interest * poll.mark_price == pytest.approx(5e9, rel=0.05)
