"""One ladder of all markets of a coin: prices after basis, a row a price, and what is not known."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest

from dashboards.coins import coin_document, ladder, markets_of_coins
from dashboards.large_orders import SymbolState
from dashboards.liveness import FeedState, Liveness
from schemas.units import BPS

LIVE = Liveness(FeedState.LIVE, 0, "")
STALE = Liveness(FeedState.STALE, 60_000, "no new events arrive")
PERP, SPOT = "binance_usdm:BTCUSDT", "binance_spot:BTCUSDT"
SECOND: dict[str, Any] = {
    "event_time": 1_000,
    "markets": [SPOT, PERP],
    "missing": [],
    "mid": 60_000.0,
    "mids": [60_030.0, 59_970.0],
    "basis_bps": [5.0, -5.0],
    "cvd_qty": 12.5,
    "cvd_usd": 750_000.0,
    "cvd_qty_by_market": [-2.5, 15.0],
    "open_interest": 80_000.5,
    "open_interest_by_market": [None, 80_000.5],
}


def wall(order_id: str, side: str, price: float, usd: float = 1e6, **more: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "side": side,
        "price": price,
        "value_usd": usd,
        "classification": "UNKNOWN",
        "age_ms": 5_000,
        "closed_at": None,
        **more,
    }


def market(
    venue: str, symbol: str, orders: list[dict[str, Any]], liveness: Liveness = LIVE, **more: Any
) -> SymbolState:
    return SymbolState(
        venue, symbol, 1_500, {}, {"quote": "USDT", "quote_usd": 1.0, **more}, {}, orders, liveness,
        has_live_book=liveness is LIVE,
    )  # fmt: skip


def at(bps: float, basis_bps: float) -> float:
    """Return a price of a market so far above the common mid."""
    return 60_000.0 * exp((bps + basis_bps) / BPS)


def test_walls_at_one_price_after_basis_share_a_row() -> None:
    spot = market("binance_spot", "BTCUSDT", [wall("s", "bid", at(-20, 5), 2e6)])
    perp = market(
        "binance_usdm", "BTCUSDT", [wall("p", "bid", at(-23, -5)), wall("q", "ask", at(9, -5))]
    )
    rungs = ladder([spot, perp], SECOND, 5.0, {"s": "wall", "p": "wall"})
    assert [(rung["side"], rung["markets"], rung["kinds"]) for rung in rungs] == [
        ("ask", 1, []),
        ("bid", 2, ["wall"]),
    ]
    assert rungs[0]["distance_bps"] == pytest.approx(9)
    # The mean by worth: two parts at -20, one at -23.
    assert rungs[1]["distance_bps"] == pytest.approx(-21)
    assert rungs[1]["value_usd"] == 3e6


def test_walls_farther_apart_or_of_the_other_side_do_not() -> None:
    spot = market(
        "binance_spot", "BTCUSDT", [wall("s", "bid", at(-20, 5)), wall("a", "ask", at(-20, 5))]
    )
    perp = market("binance_usdm", "BTCUSDT", [wall("p", "bid", at(-25.1, -5))])
    rungs = ladder([spot, perp], SECOND, 5.0, {})
    assert [rung["markets"] for rung in rungs] == [1, 1, 1]
    prices = [rung["price"] for rung in rungs]
    assert prices == sorted(prices, reverse=True)


def test_units_of_a_venue_become_dollars_of_one_coin() -> None:
    second = {**SECOND, "markets": ["bybit_linear:1000PEPEEUR"], "basis_bps": [0.0], "mid": 1e-5}
    thousand = market("bybit_linear", "1000PEPEEUR", [wall("t", "bid", 0.008)], quote_usd=1.1)
    [rung] = ladder([thousand], second, 5.0, {})
    assert rung["price"] == pytest.approx(0.0088 / 1_000)


def test_a_market_without_a_value_in_usd_says_so_and_has_no_walls_among_dollars() -> None:
    second = {**SECOND, "markets": [PERP, "binance_spot:BTCJPY"]}
    quoted: dict[str, Any] = {"quote": "JPY", "quote_usd": None}
    states = [
        market("binance_usdm", "BTCUSDT", [wall("p", "bid", at(-9, 5))]),
        market("binance_spot", "BTCJPY", [wall("j", "bid", 9e6)], **quoted),
    ]
    said = coin_document("BTC", states, second, None, [], [], 5.0)
    assert [one["order_id"] for rung in said["ladder"] for one in rung["walls"]] == ["p"]
    assert [one["unvalued"] for one in said["markets"]] == ["JPY", ""]


def test_a_live_book_that_waits_shows_no_walls_and_one_that_ended_its_last() -> None:
    waits = SymbolState(
        "binance_spot", "BTCUSDT", 1_500, {}, {"quote_usd": 1.0}, {},
        [wall("s", "bid", at(-9, 5))], LIVE, has_live_book=False,
    )  # fmt: skip
    ended = market("binance_usdm", "BTCUSDT", [wall("p", "bid", at(-9, -5))], STALE)
    [rung] = ladder([waits, ended], SECOND, 5.0, {})
    assert [one["order_id"] for one in rung["walls"]] == ["p"]


def test_one_market_is_told_to_be_alone() -> None:
    perp = market("binance_usdm", "BTCUSDT", [wall("p", "bid", 59_000.0)])
    said = coin_document("BTC", [perp], None, None, [], [], 5.0)
    assert said["words"].startswith("one market of BTC runs")
    assert said["ladder"] == []
    assert said["markets"][0]["stands"] is None


def test_several_that_are_not_read_together_say_so() -> None:
    states = [market("binance_usdm", "BTCUSDT", []), market("binance_spot", "BTCUSDT", [])]
    said = coin_document("BTC", states, None, None, [], [], 5.0)
    assert said["words"].startswith("2 markets of BTC run, but")
    assert "cross.markets" in said["words"]


def test_who_agrees_who_objects_and_whose_clock_is_off() -> None:
    states = [market("binance_usdm", "BTCUSDT", []), market("binance_spot", "BTCUSDT", [], STALE)]
    action = {
        "event_time": 900,
        "final_action": "DISTRIBUTION",
        "buy_score": 0.5,
        "sell_score": 3.0,
        "markets": [SPOT, PERP],
        "actions": ["ACCUMULATE", "DISTRIBUTION"],
        "weights": [0.1, 0.9],
        "agreeing": [PERP],
        "against": [SPOT],
    }
    clock = {"market": PERP, "skew_ms": 80.0, "tolerance_ms": 50, "within_tolerance": False}
    said = coin_document("BTC", states, SECOND, action, [clock], [], 5.0)
    spot, perp = said["markets"]
    assert (spot["stands"], perp["stands"]) == ("objects", "agrees")
    assert (spot["state"], spot["open_interest"], spot["skew_ms"]) == ("stale", None, None)
    assert (perp["basis_bps"], perp["cvd_qty"], perp["within_tolerance"]) == (-5.0, 15.0, False)
    assert said["words"] == ""


def test_markets_find_each_other_by_their_coin() -> None:
    names = [
        ("okx_swap", "ETH-USDT-SWAP"),
        ("binance_usdm", "BTCUSDT"),
        ("binance_coinm", "BTCUSD_PERP"),
    ]
    coins = markets_of_coins([market(venue, symbol, []) for venue, symbol in names])
    assert {coin: len(states) for coin, states in coins.items()} == {"BTC": 2, "ETH": 1}
