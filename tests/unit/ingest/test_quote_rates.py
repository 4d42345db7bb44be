"""The value of a quote currency, from the markets of the venue."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FrameError
from ingest.feeds.quote_rates import (
    STEP,
    PairPrice,
    QuoteRates,
    is_price_line,
    pair_for,
    price_line,
    read_price,
    value_by,
)
from ingest.offline import market_records
from ingest.venues.registry import venue_of
from schemas.market import Trades
from schemas.settings import IngestSettings, Settings, VenueName


@pytest.mark.parametrize(
    ("pair", "price", "value"),
    [
        ("BTCUSDT", 97_000.5, ("BTC", 97_000.5)),
        ("BNBUSDC", 590.0, ("BNB", 590.0)),
        ("EURUSDT", 1.08, ("EUR", 1.08)),
        ("USDTTRY", 40.0, ("TRY", 1 / 40)),
        ("USDTJPY", 155.0, ("JPY", 1 / 155)),
        ("USDTBRL", 5.5, ("BRL", 1 / 5.5)),
        ("BTC-USDT", 97_000.5, ("BTC", 97_000.5)),
        ("USDCUSDT", 1.0, None),
        ("SHIBUSDT", 0.00001, None),
        ("ETHBTC", 0.04, None),
        ("BTCUSDT", 0.0, None),
        ("BTCUSDT", float("inf"), None),
        ("BTCUSDT", float("nan"), None),
    ],
)
def test_a_market_in_dollars_tells_what_a_currency_is_worth(
    pair: str, price: float, value: tuple[str, float] | None
) -> None:
    assert value_by(PairPrice(pair, price)) == value


def test_a_set_value_is_never_moved() -> None:
    rates = QuoteRates({"BTC": 100_000})
    rates.take(PairPrice("BTCUSDT", 60_000))
    assert rates.of("ETHBTC") == 100_000
    assert rates.wanted(["ETHBTC", "SOLBNB", "BTCUSDT"]) == {"BNB": ["SOLBNB"]}
    assert rates.of("SOLBNB") is None
    assert rates.of("BTCUSDT") is None


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=30))
def test_a_value_is_always_near_the_last_price(prices: list[float]) -> None:
    rates = QuoteRates({})
    for price in prices:
        before = rates.of("BTCTRY")
        changed = rates.take(PairPrice("USDTTRY", price))
        value = rates.of("BTCTRY")
        assert value is not None
        assert abs(value * price - 1) <= STEP * 1.01
        assert changed == (value != before)


def test_the_most_traded_dollar_comes_first() -> None:
    assert pair_for("BTC", ["BTCFDUSD", "BTCUSDT", "ETHBTC"]) == "BTCUSDT"
    assert pair_for("TRY", ["BTCTRY", "USDTTRY", "FDUSDTRY"]) == "USDTTRY"
    assert pair_for("EUR", ["EURUSDC", "EURFDUSD"]) == "EURUSDC"
    assert pair_for("BTC", ["BTCUSDT_260327", "BTCUSDT", "BTCUSDC"]) == "BTCUSDT"
    assert pair_for("BTC", ["ETH-USDT-SWAP", "BTC-USDC-SWAP", "BTC-USDT-SWAP"]) == "BTC-USDT-SWAP"
    assert pair_for("ZAR", ["BTCUSDT"]) is None


@given(st.floats(1e-9, 1e9))
def test_a_price_is_read_as_it_was_written(price: float) -> None:
    line = price_line(PairPrice("BTCUSDT", price))
    assert is_price_line(line)
    assert read_price(line) == ("BTCUSDT", price)


def test_frames_and_snapshots_are_no_prices() -> None:
    assert not is_price_line(b'{"stream":"btcusdt@trade","data":{"price":"1"}}')
    assert not is_price_line(b'{"lastUpdateId":1,"bids":[],"asks":[],"price":1}')


@pytest.mark.parametrize(
    "raw",
    [
        b'{"symbol":"BTCUSDT","price":"1e400"}',
        b'{"symbol":"BTCUSDT","price":"NaN"}',
        b'{"symbol":"BTCUSDT","price":"-1"}',
        b'{"symbol":"BTCUSDT","price":null}',
        b'{"price":"1"}',
        b'[{"symbol":"BTCUSDT","price":"1"}]',
        b"",
    ],
)
def test_what_is_no_price_is_refused(raw: bytes) -> None:
    with pytest.raises(FrameError):
        read_price(raw)


BTC_BYBIT = b'{"retCode":0,"result":{"list":[{"symbol":"BTCUSDT","lastPrice":"97000.5"}]}}'
BTC_OKX = b'{"code":"0","msg":"","data":[{"instId":"BTC-USDT-SWAP","last":"97000.5"}]}'


@pytest.mark.parametrize(
    ("venue", "pair", "path", "answer"),
    [
        ("binance_usdm", "BTCUSDT", "/fapi/v1/ticker/price", b'{"price":"97000.5"}'),
        ("binance_spot", "BTCUSDT", "/api/v3/ticker/price", b'{"price":"97000.5"}'),
        ("bybit_linear", "BTCUSDT", "/v5/market/tickers", BTC_BYBIT),
        ("okx_swap", "BTC-USDT", "/api/v5/market/ticker", BTC_OKX),
    ],
)
def test_the_question_and_its_answer_are_the_venue_s(
    venue: VenueName, pair: str, path: str, answer: bytes
) -> None:
    described = venue_of(IngestSettings(venue=venue))
    assert described.dollar_pair("BTC") == pair
    assert described.price_request(pair).path == path
    assert pair in described.price_request(pair).params.values()
    assert described.parse_price(answer) == 97_000.5
    for broken in (b"", b"[]", b'{"code":"0","data":[]}', answer.replace(b"97000.5", b"x")):
        with pytest.raises(FrameError):
            described.parse_price(broken)


def test_trades_of_the_pair_in_a_capture_tell_the_value(tmp_path: Path) -> None:
    ms = 1_760_000_000_000
    trade = {"T": ms, "S": "Buy", "v": "2", "i": "0cbf2330-952d-5d03-a462", "BT": False}

    def traded(symbol: str, price: str) -> dict[str, Any]:
        data = [trade | {"s": symbol, "p": price}]
        return {"topic": f"publicTrade.{symbol}", "type": "snapshot", "ts": ms, "data": data}

    frames = [traded("ETHBTC", "0.03"), traded("BTCUSDT", "90000")]
    lines = [b"%d %s" % (ms * 1_000_000, json.dumps(frame).encode()) for frame in frames]
    path = tmp_path / "capture"
    path.write_bytes(b"\n".join(lines))
    settings = Settings(ingest=IngestSettings(venue="bybit_linear"))
    packs = [one for one in market_records(path, settings) if isinstance(one, Trades)]
    assert {pack.quote_usd for pack in packs if pack.symbol == "ETHBTC"} == {90_000.0}
    assert {pack.quote_usd for pack in packs if pack.symbol == "BTCUSDT"} == {None}
