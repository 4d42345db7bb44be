"""Units of the venues, and the coin that groups their markets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instrument import (
    Instrument,
    MarketKind,
    asset_of,
    base_and_quote,
    coins_of,
    named_instrument,
)

kinds = st.sampled_from(MarketKind)
prices = st.decimals("0.000001", 999_999, places=6).map(float)


@given(
    kinds,
    st.sampled_from([100.0, 10.0, 1.0, 0.01, 0.001, 1e6]),
    st.sampled_from([1.0, 0.1, 0.01]),
    st.integers(0, 10**9),
    st.sampled_from([0.00001, 0.1, 61_803.4, 105_000.1]),
)
def test_the_number_of_lots_is_recovered_exactly(
    kind: MarketKind, size: float, lot: float, lots: int, price: float
) -> None:
    held = Instrument(
        venue="v", symbol="S", base="B", quote="USD", kind=kind, contract_size=size, lot=lot
    )
    qty = lots * lot
    assert held.lots(held.base_qty(qty, price), price) == lots


@given(prices, st.integers(1, 10**6))
def test_an_inverse_contract_is_an_amount_of_dollars(price: float, contracts: int) -> None:
    held = named_instrument("v", "BTCUSD_PERP", MarketKind.INVERSE, 100.0)
    value = held.base_qty(contracts, price) * price
    assert value == pytest.approx(contracts * 100.0, abs=1e-6)


def test_a_linear_contract_is_a_number_of_coins_without_noise() -> None:
    held = named_instrument("v", "ETH-USDT-SWAP", MarketKind.LINEAR, 0.1)
    assert held.base_qty(3, 2_500.0) == 0.3
    assert (held.base, held.quote, held.is_in_dollars) == ("ETH", "USDT", True)
    assert not held.counts_base


@pytest.mark.parametrize(
    ("symbol", "parts"),
    [
        ("BTCUSDT", ("BTC", "USDT")),
        ("BTCUSD_PERP", ("BTC", "USD")),
        ("BTCUSD_261225", ("BTC", "USD")),
        ("BTC-USDT-SWAP", ("BTC", "USDT")),
        ("1000PEPEUSDT", ("1000PEPE", "USDT")),
        ("ETHBTC", ("ETH", "BTC")),
        ("NOQUOTE", ("NOQUOTE", "")),
    ],
)
def test_the_name_tells_base_and_quote(symbol: str, parts: tuple[str, str]) -> None:
    assert base_and_quote(symbol) == parts


@pytest.mark.parametrize(
    ("base", "asset", "coins"),
    [
        ("BTC", "BTC", 1),
        ("xbt", "BTC", 1),
        ("1000PEPE", "PEPE", 1_000),
        ("10000SATS", "SATS", 10_000),
        ("1MBABYDOGE", "BABYDOGE", 1_000_000),
        ("SHIB1000", "SHIB", 1_000),
        ("1INCH", "1INCH", 1),
    ],
)
def test_markets_of_one_coin_have_one_key(base: str, asset: str, coins: int) -> None:
    assert (asset_of(base), coins_of(base)) == (asset, coins)
