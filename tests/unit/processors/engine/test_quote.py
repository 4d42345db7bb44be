"""Amounts of the settings in the quote currency of a symbol."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.engine.quote import Money, in_quote
from processors.engine.scope import Scope
from schemas.settings import EngineSettings

SETTINGS = EngineSettings.model_validate(
    {"threshold": {"floor_usd": 5e6}, "risk": {"max_loss_usd": 250}}
)


@given(rate=st.floats(1e-12, 1e12))
def test_amounts_in_usd_hold_at_the_rate(rate: float) -> None:
    quoted = in_quote(SETTINGS, rate)
    assert quoted.threshold.min_usd == SETTINGS.threshold.min_usd / rate
    assert quoted.threshold.absolute_usd == SETTINGS.threshold.absolute_usd / rate
    assert quoted.threshold.floor_usd == 5e6 / rate
    assert quoted.risk.max_loss_usd == 250 / rate
    assert quoted.lifecycle == SETTINGS.lifecycle


def test_a_dollar_changes_nothing() -> None:
    assert in_quote(SETTINGS, 1.0) is SETTINGS


def test_an_unknown_value_bounds_nothing_and_suggests_nothing() -> None:
    quoted = in_quote(SETTINGS, None)
    assert quoted.threshold.min_usd == 0
    assert quoted.threshold.floor_usd is None
    assert quoted.risk.max_loss_usd is None
    assert quoted.threshold.multiple == SETTINGS.threshold.multiple


@pytest.mark.parametrize("rate", [None, 1.0, 60_000.0])
def test_the_version_is_that_of_what_was_stated(rate: float | None) -> None:
    scope = Scope("binance_spot", "ETHBTC", SETTINGS, rate)
    assert scope.version == SETTINGS.version
    assert scope.usd == (1.0 if rate is None else rate)


@pytest.mark.parametrize(
    ("symbol", "rate", "words"),
    [
        ("ETHBTC", None, "104.4 BTC"),
        ("ETHBTC", 60_000.0, "104 USD"),
        ("ETHUSDT", 1.0, "104 USD"),
        ("ETH-BTC-SWAP", None, "104.4 BTC"),
    ],
)
def test_an_amount_in_words_names_its_currency(symbol: str, rate: float | None, words: str) -> None:
    assert Scope("v", symbol, SETTINGS, rate).amount(104.4) == words


def test_cents_are_cents_of_a_dollar() -> None:
    assert Money.at(60_000.0) == (60_000.0, 100.0)
    assert Money.at(None) == (1.0, 1e8)
