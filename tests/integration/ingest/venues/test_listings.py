"""What a listing says of a symbol that does not trade, at every venue."""

import json
from typing import Any

import pytest

from ingest.venues.listing import NO_STATUS, Listed, ListingPage
from ingest.venues.registry import venue_of
from schemas.settings import IngestSettings, VenueName

STEPS = [
    {"filterType": "PRICE_FILTER", "tickSize": "0.1"},
    {"filterType": "LOT_SIZE", "stepSize": "1"},
]
USDM = {"symbol": "AUSDT", "baseAsset": "A", "quoteAsset": "USDT", "contractType": "PERPETUAL"}
COINS = {"symbol": "AUSDT", "baseCoin": "A", "quoteCoin": "USDT"}
BYBIT = COINS | {"contractType": "LinearPerpetual", "priceFilter": {"tickSize": "0.1"}}
OKX = {"instId": "A-USDT-SWAP", "ctType": "linear", "ctVal": "1", "ctValCcy": "A"}
OKX |= {"settleCcy": "USDT", "tickSz": "0.1", "lotSz": "1"}


def listed(venue: VenueName, **told: Any) -> Listed:
    """Return what is read of one entry, its status under the name that the venue uses."""
    match venue:
        case "bybit_linear":
            entry = BYBIT | {"lotSizeFilter": {"qtyStep": "1"}} | told
            document: dict[str, Any] = {"retCode": 0, "result": {"list": [entry]}}
        case "okx_swap":
            status = {"state": told.pop("status")} if "status" in told else {}
            document = {"code": "0", "data": [OKX | status | told]}
        case _:
            document = {"symbols": [USDM | {"filters": STEPS} | told]}
    page = venue_of(IngestSettings(venue=venue)).parse_symbols(json.dumps(document).encode())
    assert page.broken == ()
    return page.symbols[0]


@pytest.mark.parametrize(
    ("venue", "trading", "waiting"),
    [
        ("binance_usdm", "TRADING", ["SETTLING", "PENDING_TRADING", "CLOSE", "something new"]),
        ("bybit_linear", "Trading", ["PreLaunch", "Delivering", "Closed", "something new"]),
        ("okx_swap", "live", ["suspend", "preopen", "test", "something new"]),
    ],
)
def test_only_a_symbol_that_trades_trades(
    venue: VenueName, trading: str, waiting: list[str]
) -> None:
    assert listed(venue, status=trading).trades
    for status in waiting:
        one = listed(venue, status=status)
        assert (one.status, one.trades) == (status, False)
    missing = listed(venue, status=None)
    assert (missing.status, missing.trades, missing.note) == ("", False, NO_STATUS)


@pytest.mark.parametrize(
    ("venue", "trading"), [("binance_usdm", "TRADING"), ("bybit_linear", "Trading")]
)
@pytest.mark.parametrize("contract", [None, "MOON_PERPETUAL"])
def test_a_contract_type_that_is_unknown_is_left_out_of_all_and_told(
    venue: VenueName, trading: str, contract: str | None
) -> None:
    one = listed(venue, status=trading, contractType=contract)
    assert (one.trades, one.in_all) == (True, False)
    assert one.note.startswith("contract type ")
    assert one.note.endswith(" is unknown")


def told(venue: VenueName, sound: dict[str, Any], change: dict[str, Any]) -> ListingPage:
    """Return a page with a changed entry beside a sound one."""
    own = {"okx_swap": {"instId": "B-USDT-SWAP", "ctValCcy": "B"}}.get(venue, {"symbol": "BUSDT"})
    entries = [sound | change, sound | own]
    documents: dict[str, Any] = {
        "bybit_linear": {"retCode": 0, "result": {"list": entries}},
        "okx_swap": {"code": "0", "data": entries},
    }
    document = documents.get(venue, {"symbols": entries})
    return venue_of(IngestSettings(venue=venue)).parse_symbols(json.dumps(document).encode())


UNKNOWN_STEPS = [
    {"filters": []},
    {"filters": [{"filterType": "PRICE_FILTER", "tickSize": "0"}]},
    {"filters": [{"filterType": "PRICE_FILTER", "tickSize": "NaN"}]},
    {"filters": [{"filterType": "PRICE_FILTER"}, {"filterType": "LOT_SIZE", "stepSize": "0"}]},
    {"filters": [{"filterType": "LOT_SIZE", "stepSize": "-1"}]},
]


@pytest.mark.parametrize("change", UNKNOWN_STEPS)
def test_steps_that_binance_does_not_tell_are_unknown(change: dict[str, Any]) -> None:
    page = told("binance_usdm", USDM | {"status": "TRADING", "filters": STEPS}, change)
    first, second = page.symbols
    assert page.broken == ()
    assert (first.trades, first.in_all, second.trades) == (True, True, True)
    assert first.instrument is not None
    assert (first.instrument.tick, first.instrument.lot) == (0.0, 0.0)


BROKEN: list[tuple[VenueName, dict[str, Any]]] = [
    ("binance_usdm", {"filters": None}),
    ("binance_usdm", {"filters": [None]}),
    ("binance_usdm", {"filters": [{"filterType": "PRICE_FILTER", "tickSize": None}]}),
    ("binance_usdm", {"status": 7}),
    ("bybit_linear", {"priceFilter": None}),
    ("bybit_linear", {"priceFilter": {}}),
    ("bybit_linear", {"priceFilter": {"tickSize": "0"}}),
    ("bybit_linear", {"lotSizeFilter": {"qtyStep": "0"}}),
    ("bybit_linear", {"lotSizeFilter": {"qtyStep": None}}),
    ("okx_swap", {"tickSz": "0"}),
    ("okx_swap", {"tickSz": ""}),
    ("okx_swap", {"lotSz": "0"}),
    ("okx_swap", {"lotSz": "NaN"}),
    ("okx_swap", {"ctVal": "0"}),
    ("okx_swap", {"ctVal": None}),
    ("okx_swap", {"ctType": None}),
]


@pytest.mark.parametrize(("venue", "change"), BROKEN)
def test_an_entry_that_cannot_be_used_is_told_and_its_neighbour_trades(
    venue: VenueName, change: dict[str, Any]
) -> None:
    sounds: dict[str, dict[str, Any]] = {
        "binance_usdm": USDM | {"status": "TRADING", "filters": STEPS},
        "bybit_linear": BYBIT | {"status": "Trading", "lotSizeFilter": {"qtyStep": "1"}},
        "okx_swap": OKX | {"state": "live"},
    }
    sound = sounds[venue]
    page = told(venue, sound, change)
    (neighbour,), (broken,) = page.symbols, page.broken
    assert neighbour.trades
    assert broken.symbol == sound.get("symbol", sound.get("instId"))
    assert broken.reason
