"""Settings of several venues at once."""

import pytest
from pydantic import ValidationError

from schemas.settings import IngestSettings, Settings, VenueName, markets_of


def test_what_a_venue_decides_is_its_own_and_the_rest_is_common() -> None:
    settings = IngestSettings(
        websocket_url="ws://one:1",
        pack_ms=20,
        weight_share=0.3,
        markets={"okx_swap": ("BTC-USDT-SWAP",), "binance_usdm": ("BTCUSDT",)},
        venue_settings={"okx_swap": {"rest_url": "http://own:2"}},
    )
    okx, usdm = settings.of_venue("okx_swap"), settings.of_venue("binance_usdm")
    assert (okx.venue, okx.symbols) == ("okx_swap", ("BTC-USDT-SWAP",))
    assert (okx.websocket_url, okx.rest_url) == ("wss://ws.okx.com", "http://own:2")
    assert (okx.weight_per_minute, okx.weight_window_s) == (40, 2.0)
    assert (usdm.websocket_url, usdm.weight_per_minute) == ("wss://fstream.binance.com", 2_400)
    assert {one.pack_ms for one in (okx, usdm)} == {20}
    assert {one.weight_share for one in (okx, usdm)} == {0.3}


def test_a_child_process_gets_the_same_markets(monkeypatch: pytest.MonkeyPatch) -> None:
    venues: tuple[VenueName, ...] = ("binance_usdm", "binance_coinm", "okx_swap")
    markets = markets_of(("BTC", "ETH"), venues)
    assert markets["binance_coinm"] == ("BTCUSD_PERP", "ETHUSD_PERP")
    told = Settings(ingest=IngestSettings(markets=markets))
    for name, value in told.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings().ingest.of_venue("okx_swap") == told.ingest.of_venue("okx_swap")


def test_a_venue_without_symbols_is_refused() -> None:
    with pytest.raises(ValidationError, match="okx_swap has no symbol"):
        IngestSettings(markets={"okx_swap": ()})
