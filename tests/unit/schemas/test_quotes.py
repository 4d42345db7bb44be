"""Settings in USD for symbols that are quoted in something else."""

import pytest
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


def test_a_value_that_is_set_comes_before_the_name() -> None:
    settings = Settings(quotes={"BTC": 60_000, "XYZ": 2, "USDC": 0.99})
    assert settings.quote_usd("ETHBTC") == 60_000
    assert settings.quote_usd("ABCXYZ") == 2
    assert settings.quote_usd("BTCUSDC") == 0.99
    assert settings.quote_usd("BTCUSDT") == 1


def test_a_currency_may_be_written_in_any_case() -> None:
    assert Settings(quotes={" btc": 60_000}).quote_usd("ETHBTC") == 60_000


@pytest.mark.parametrize("symbol", ["BTCTRY", "USDTTRY", "SOLBNB", "ETHBTC", "BTCJPY", "BTCEUR"])
def test_the_venue_has_to_tell_what_is_not_set(symbol: str) -> None:
    assert Settings().quote_usd(symbol) is None


def test_settings_stay_in_usd() -> None:
    settings = Settings(quotes={"BTC": 60_000}, symbols={"BNBBTC": {"threshold": {"min_usd": 10}}})
    assert settings.engine_for("ETHBTC") is settings.engine
    assert settings.engine_for("BNBBTC").threshold.min_usd == 10
    changed = engine_with(settings, "ETHBTC", {"threshold": {"floor_usd": 5_000_000}})
    assert changed.threshold.floor_usd == 5_000_000


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan")])
def test_a_value_of_nothing_is_refused(rate: float) -> None:
    with pytest.raises(ValidationError):
        Settings(quotes={"BTC": rate})


def test_what_has_no_value_is_told_in_one_line() -> None:
    note = quote_note(["ETHBTC", "BTCUSDT", "BTCTRY", "BNBBTC"], {"TRY": 0.02})
    assert note.startswith("not quoted in dollars: BNBBTC, ETHBTC in BTC; while its value")
    assert note.endswith("""WALLWATCH_QUOTES='{"BTC": USD}'""")
    assert quote_note(["BTCUSDT", "BTCTRY"], {"TRY": 0.02}) == ""
