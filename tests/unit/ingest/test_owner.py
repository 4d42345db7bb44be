"""A frame that comes on the stream of one symbol and names another."""

import json
from typing import Any

import pytest

from ingest.errors import FrameError
from ingest.venues.registry import venue_of
from schemas.settings import IngestSettings

MARK = {"e": "markPriceUpdate", "E": 6, "s": "BTCUSDT", "p": "1", "r": "0", "T": 9}
FRAMES: dict[str, dict[str, Any]] = {
    "binance_usdm": {"stream": "ethusdt@markPrice@1s", "data": MARK},
    "bybit_linear": {
        "topic": "tickers.ETHUSDT",
        "type": "delta",
        "ts": 6,
        "data": {"symbol": "BTCUSDT", "markPrice": "1"},
    },
    "okx_swap": {
        "arg": {"channel": "mark-price", "instId": "ETH-USDT-SWAP"},
        "data": [{"instId": "BTC-USDT-SWAP", "markPx": "1", "ts": "6"}],
    },
}


@pytest.mark.parametrize("name", FRAMES)
def test_it_is_refused_and_read_with_its_own_symbol(name: str) -> None:
    venue = venue_of(IngestSettings.model_validate({"venue": name}))
    raw = json.dumps(FRAMES[name]).encode()
    with pytest.raises(FrameError, match=r"it names the symbol 'BTC-?USDT") as refused:
        venue.parse(raw)
    assert venue.symbol_of(refused.value.stream).startswith("ETH")
    own = raw.replace(b"ETH", b"BTC").replace(b"eth", b"btc")
    assert venue.symbol_of(venue.parse(own).stream).startswith("BTC")
