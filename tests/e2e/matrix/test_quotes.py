"""One watch list of many quotes: the same market is the same in dollars, and each names its own."""

import json
from typing import Any, Final

import pytest

from compose.captures import Capture
from compose.replay import replay_captures
from schemas.quotes import quote_of
from schemas.record import ALL_VENUES
from schemas.settings import Settings
from tests.e2e.matrix.market import OTHERS, sound_lines, write

SOURCE: Final = OTHERS[0]
DOLLARS: Final = ("BTCUSDT", "BTCUSDC", "BTCFDUSD")
UNVALUED: Final = ("BTCTRY", "BTCJPY")
BY_A_MARKET: Final = "SOLBTC"
"""Quoted in what has a market in dollars on the same list."""
NAMES: Final = (*DOLLARS, *UNVALUED, BY_A_MARKET)


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The signals of all of them in one capture, as lines."""
    folder = tmp_path_factory.mktemp("quotes")
    lines = [line for line in sound_lines() if line.symbol == SOURCE]
    capture = write(folder / "capture", [line.renamed(name) for line in lines for name in NAMES])
    summary = replay_captures(
        [Capture(capture, "binance_usdm")], Settings(), signals_path=folder / "signals.ndjson"
    )
    assert (summary.symbols, summary.dead_letters) == (set(NAMES), 0)
    assert summary.unpriced == set(UNVALUED)
    return (folder / "signals.ndjson").read_text(encoding="utf-8").splitlines()


def rows(lines: list[str], symbol: str) -> list[dict[str, Any]]:
    """Return the signals of a symbol without its name."""
    own = [line for line in lines if f'"symbol":"{symbol}"' in line.replace(" ", "")]
    documents = [json.loads(line.replace(symbol, "NAME")) for line in own]
    for document in documents:
        document.pop("event_id", None)
    return [one for one in documents if one["venue"] != ALL_VENUES]


def test_every_dollar_is_one(together: list[str]) -> None:
    first, *others = (rows(together, symbol) for symbol in DOLLARS)
    assert len(first) > 20
    assert all(other == first for other in others)


@pytest.mark.parametrize("symbol", [*UNVALUED, BY_A_MARKET])
def test_a_quote_changes_no_price(together: list[str], symbol: str) -> None:
    books = [row for row in rows(together, symbol) if "spread_bps" in row]
    dollars = [row for row in rows(together, DOLLARS[0]) if "spread_bps" in row]
    assert [row["mid"] for row in books] == [row["mid"] for row in dollars]
    assert quote_of(symbol) in {"TRY", "JPY", "BTC"}
    known = {row["quote_usd"] is not None for row in books if row["mid"] is not None}
    assert known == {False} if symbol in UNVALUED else True in known
