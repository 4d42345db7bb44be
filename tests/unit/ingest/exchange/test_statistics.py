"""Candles, a day and liquidations are what the trades of the market add up to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.exchange.dialect import ALL_LIQUIDATIONS, COINM, SPOT, USDM, Dialect
from ingest.exchange.market.simulated_symbol import Fill, SimulatedSymbol
from ingest.exchange.market.spec import spec_of
from ingest.exchange.statistics.candles import Candle, Candles, end_of, start_of
from ingest.exchange.statistics.figures import day_figures
from ingest.exchange.statistics.history import LIQUIDATED, SymbolHistory
from ingest.exchange.statistics.streams import SymbolStreams, all_market_frames
from ingest.exchange.streams import ExchangeRoute
from schemas.units import MINUTE_MS

START_MS = 1_700_000_030_000
"""In the midst of a minute."""
SECONDS = 150


def fill(time_ms: int, tick: int, number: int, lots: int = 1) -> Fill:
    return Fill(number, number, number, time_ms, tick, lots, (lots,), taker_sells=False)


@pytest.fixture(scope="module")
def run() -> tuple[SymbolHistory, list[Fill], list[tuple[str, bytes]]]:
    """A market of two and a half minutes, its trades and its frames."""
    market = SimulatedSymbol(spec_of("BTCUSDT"), 1, START_MS)
    streams = SymbolStreams(SymbolHistory(market), USDM)
    fills: list[Fill] = []
    frames: list[tuple[str, bytes]] = []
    for _ in range(SECONDS * 20):
        step = market.step()
        fills += step.fills
        frames += streams.frames(step, lambda stream: True)
        if market.now_ms % 1_000 == 0:
            frames += all_market_frames([streams.history], market.now_ms, lambda stream: True, USDM)
    return streams.history, fills, frames


def test_minutes_hold_every_trade_once(
    run: tuple[SymbolHistory, list[Fill], list[tuple[str, bytes]]],
) -> None:
    history, fills, _ = run
    minutes = history.candles.of("1m")
    assert [c.start_ms for c in minutes] == list(
        range(1_699_999_980_000, START_MS + SECONDS * 1_000 + 1, MINUTE_MS)
    )
    for candle in minutes:
        of_it = [f for f in fills if start_of(f.time_ms, "1m") == candle.start_ms]
        if not of_it:
            assert (candle.trades, candle.lots) == (0, 0)
            continue
        assert (candle.open, candle.close) == (of_it[0].tick, of_it[-1].tick)
        ticks = [f.tick for f in of_it]
        assert (candle.low, candle.high) == (min(ticks), max(ticks))
        assert candle.lots == sum(f.lots for f in of_it)
        assert candle.notional == sum(f.lots * f.tick for f in of_it)
        assert candle.bought_lots == sum(f.lots for f in of_it if not f.taker_sells)
        assert candle.trades == sum(len(f.parts) for f in of_it)
    for interval in ("5m", "1h", "1d", "1w", "1M"):
        whole = history.candles.of(interval)
        assert sum(c.lots for c in whole) == sum(f.lots for f in fills), interval
        assert history.candles.running(interval) == whole[-1]
    assert day_figures(history)["count"] == sum(len(f.parts) for f in fills)


def test_a_kline_stream_closes_each_minute_once(
    run: tuple[SymbolHistory, list[Fill], list[tuple[str, bytes]]],
) -> None:
    _, _, frames = run
    told = [json.loads(data)["k"] for stream, data in frames if stream == "btcusdt@kline_1m"]
    closed = [k for k in told if k["x"]]
    assert [k["T"] + 1 for k in closed] == [1_700_000_040_000, 1_700_000_100_000, 1_700_000_160_000]
    assert {k["t"] for k in told} >= {k["t"] for k in closed}


def test_the_largest_liquidation_of_a_second_is_told(
    run: tuple[SymbolHistory, list[Fill], list[tuple[str, bytes]]],
) -> None:
    _, fills, frames = run
    told = [json.loads(data) for stream, data in frames if stream == "btcusdt@forceOrder"]
    largest: dict[int, int] = {}
    for one in fills:
        if one.agg_id % LIQUIDATED == 0:
            second = -(-one.time_ms // 1_000)
            largest[second] = max(largest.get(second, 0), one.lots)
    assert {o["E"] // 1_000: round(float(o["o"]["q"]) * 1_000) for o in told} == largest
    assert len(told) > 3
    assert told == [json.loads(data) for stream, data in frames if stream == ALL_LIQUIDATIONS]


def test_minutes_without_a_trade_stand_at_the_last_price() -> None:
    candles = Candles(0, 500)
    candles.add(fill(10, 501, 1))
    candles.add(fill(3 * MINUTE_MS + 5, 502, 2, lots=7))
    minutes = candles.of("1m")
    assert [(c.open, c.close, c.trades) for c in minutes] == [
        (501, 501, 1),
        (501, 501, 0),
        (501, 501, 0),
        (502, 502, 1),
    ]
    assert candles.of("3m")[0] == Candle(0, 501, 501, 501, 501, 1, 501, 1, 501, 1, 1, 1)


@pytest.mark.parametrize(
    ("interval", "start", "last"),
    [
        ("1w", "2024-02-26T00:00:00", "2024-03-03T23:59:59.999"),
        ("1M", "2024-03-01T00:00:00", "2024-03-31T23:59:59.999"),
        ("1d", "2024-03-01T00:00:00", "2024-03-01T23:59:59.999"),
        ("12h", "2024-03-01T12:00:00", "2024-03-01T23:59:59.999"),
    ],
)
def test_long_intervals_begin_as_on_the_venue(interval: str, start: str, last: str) -> None:
    def ms(text: str) -> int:
        return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)

    begins_ms = start_of(ms("2024-03-01T13:37:00"), interval)
    assert (begins_ms, end_of(begins_ms, interval)) == (ms(start), ms(last))


def test_streams_of_all_markets_have_their_route() -> None:
    assert USDM.carries(ExchangeRoute.PUBLIC, "!bookTicker")
    for stream in ("!ticker@arr", "!miniTicker@arr", "!markPrice@arr@1s", "!forceOrder@arr"):
        assert USDM.carries(ExchangeRoute.MARKET, stream)
        assert not USDM.carries(ExchangeRoute.PUBLIC, stream)
    told = (
        (SPOT, ["!miniTicker@arr"]),
        (COINM, ["!bookTicker", "!forceOrder@arr", "!miniTicker@arr", "!ticker@arr"]),
    )
    for dialect, streams in told:
        found = {s: dialect.route_of(s) for s in sorted(USDM.all_markets)}
        assert [stream for stream, route in found.items() if route] == streams
        assert set(dialect.all_markets) == set(streams)
    assert SPOT.route_of("btcusdt@ticker") is ExchangeRoute.SPOT
    assert SPOT.route_of("btcusdt@forceOrder") is None
    assert COINM.route_of("btcusd_perp@forceOrder") is ExchangeRoute.COINM


TICKER = {*"eEspPwcQohlvqOCFLn"}
MINI_TICKER = {*"eEscohlvq"}
LIQUIDATED_ORDER = {"s", "S", "o", "f", "q", "p", "ap", "X", "l", "z", "T"}


@pytest.mark.parametrize(
    ("dialect", "symbol", "beyond", "interval_ms"),
    [
        (USDM, "BTCUSDT", set(), 2_000),
        (SPOT, "BTCUSDT", {*"xbBaA"}, 1_000),
        (COINM, "BTCUSD_PERP", {"ps"}, 500),
    ],
    ids=["usdm", "spot", "coinm"],
)
def test_tickers_and_liquidations_have_the_fields_and_pace_of_their_market(
    dialect: Dialect, symbol: str, beyond: set[str], interval_ms: int
) -> None:
    market = SimulatedSymbol(spec_of(symbol, dialect.usd_of_contract(symbol)), 1, START_MS)
    streams = SymbolStreams(SymbolHistory(market), dialect)
    frames: list[tuple[str, bytes]] = []
    while market.now_ms < START_MS + 60_000:
        frames += streams.frames(market.step(), lambda stream: True)
        if market.now_ms % 1_000 == 0:
            frames += all_market_frames(
                [streams.history], market.now_ms, lambda stream: True, dialect
            )

    def told(stream: str) -> list[Any]:
        return [json.loads(data) for name, data in frames if name == stream]

    of_pair = beyond & {"ps"}
    lower = symbol.lower()
    tickers = told(f"{lower}@ticker")
    minis = told(f"{lower}@miniTicker")
    assert len(tickers) == len(minis) == 60_000 // interval_ms
    for ticker, mini in zip(tickers, minis, strict=True):
        assert set(ticker) == TICKER | beyond
        assert set(mini) == MINI_TICKER | of_pair
        assert mini == {name: ticker[name] for name in mini} | {"e": "24hrMiniTicker"}
        if not dialect.has_contracts:
            assert float(ticker["b"]) < float(ticker["a"])
            assert ticker["x"] == ticker["o"]
    for stream, every in (("!ticker@arr", tickers), ("!miniTicker@arr", minis)):
        in_arrays = [entry for array in told(stream) for entry in array]
        if stream in dialect.all_markets:
            assert len(in_arrays) == 60
            at = {entry["E"]: entry for entry in every}
            assert all(entry == at[entry["E"]] for entry in in_arrays if entry["E"] in at)
        else:
            assert not in_arrays
    if dialect.has_contracts:
        orders = [frame["o"] for frame in told(f"{lower}@forceOrder")]
        assert orders
        assert all(set(order) == LIQUIDATED_ORDER | of_pair for order in orders)
        assert orders == [frame["o"] for frame in told(ALL_LIQUIDATIONS)]
    if of_pair:
        assert {ticker["ps"] for ticker in tickers} == {"BTCUSD"}
        # Contracts of 100 USD against coins: the mean price is between the day's extremes.
        last = tickers[-1]
        assert float(last["l"]) <= 100 * float(last["v"]) / float(last["q"]) <= float(last["h"])
