"""Settings in USD for symbols that are quoted in something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.quotes import quote_note, quote_of
from schemas.settings import Settings
from schemas.settings.change import engine_with


@pytest.mark.parametrize(
    ("symbol", "quote"),
    [
        ("BTCUSDT", "USDT"),
        ("ETHBTC", "BTC"),
        ("BTCTRY", "TRY"),
        ("BTCJPY", "JPY"),
        ("BTCUSD_PERP", "USD"),
        ("ETHBTC_261225", "BTC"),
        ("BTCFDUSD", "FDUSD"),
        ("BTC", ""),
        ("ABCXYZ", ""),
    ],
)
def test_the_quote_is_the_end_of_the_name(symbol: str, quote: str) -> None:
    assert quote_of(symbol) == quote


def test_a_quote_that_is_set_is_known() -> None:
    assert quote_of("ABCXYZ", {"XYZ": 2.0}) == "XYZ"


@given(rate=st.floats(1e-6, 1e6))
def test_amounts_in_usd_hold_at_the_rate(rate: float) -> None:
    settings = Settings(quotes={"BTC": rate}, symbols={"BNBBTC": {"threshold": {"min_usd": 1_000}}})
    plain, btc = settings.engine_for("ETHUSDT"), settings.engine_for("ETHBTC")
    assert plain is settings.engine
    assert btc.threshold.min_usd == plain.threshold.min_usd / rate
    assert btc.threshold.absolute_usd == plain.threshold.absolute_usd / rate
    assert btc.threshold.floor_usd is None
    assert btc.lifecycle == plain.lifecycle
    assert settings.engine_for("BNBBTC").threshold.min_usd == 1_000 / rate
    changed = engine_with(settings, "ETHBTC", {"threshold": {"floor_usd": 5_000_000}})
    assert changed.threshold.floor_usd == 5_000_000 / rate
    assert changed.threshold.min_usd == btc.threshold.min_usd


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan")])
def test_a_value_of_nothing_is_refused(rate: float) -> None:
    with pytest.raises(ValidationError):
        Settings(quotes={"BTC": rate})


def test_what_has_no_value_is_told_in_one_line() -> None:
    note = quote_note(["ETHBTC", "BTCUSDT", "BTCTRY", "BNBBTC"], {"TRY": 0.02})
    assert note.startswith("not quoted in dollars: BNBBTC, ETHBTC in BTC; thresholds in USD")
    assert note.endswith("""WALLWATCH_QUOTES='{"BTC": USD}'""")
    assert quote_note(["BTCUSDT", "BTCTRY"], {"TRY": 0.02}) == ""
