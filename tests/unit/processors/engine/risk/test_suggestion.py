"""Entry, invalidation and size of a suggestion in small markets that can be reckoned by hand."""

from decimal import Decimal
from typing import Any

import pytest

from processors.engine.risk.suggestion import (
    NoSuggestion,
    Suggestion,
    Surface,
    Wall,
    mean_exit,
    suggest,
)
from processors.engine.risk.tick import tick_of
from schemas.market import Level
from schemas.settings import RiskSettings
from schemas.signals import Side

BID_WALL = Wall(Side.BID, 100.0, 100.0)
ASK_WALL = Wall(Side.ASK, 101.0, 101.0)
BELOW: list[Level] = [(99.9, 5.0), (99.8, 1.0), (99.7, 1.0), (99.5, 100.0)]
ABOVE: list[Level] = [(101.1, 5.0), (101.2, 1.0), (101.3, 1.0), (101.5, 100.0)]
NO_FEE: dict[str, Any] = {"fee_bps": 0, "beyond_sigmas": 0}


def surface(levels: list[Level], **fields: Any) -> Surface:
    found: dict[str, Any] = {
        "bid": 100.4,
        "ask": 100.6,
        "tick": Decimal("0.1"),
        "minute_bps": 0.0,
        "lots_per_base": 100,
    }
    return Surface(**{**found, **fields}, levels=levels)


def suggested(
    wall: Wall, levels: list[Level], max_loss_usd: float, market: dict[str, Any] | None = None,
    **limits: Any,
) -> Suggestion:  # fmt: skip
    chosen = RiskSettings(**{**NO_FEE, **limits})
    found = suggest(wall, surface(levels, **(market or {})), max_loss_usd, chosen)
    assert isinstance(found, Suggestion), found
    return found


def test_a_bid_wall_is_bought_a_tick_before_it_and_given_up_two_ticks_below() -> None:
    found = suggested(BID_WALL, BELOW, 0.2)
    assert (found.entry, found.invalidation) == (100.1, 99.8)
    # 0.30 a unit at 99.8, where one unit stands.
    assert (found.qty, found.exit_price) == (0.66, 99.8)
    assert found.loss_usd == pytest.approx(0.198)


def test_an_ask_wall_is_the_same_mirrored() -> None:
    found = suggested(ASK_WALL, ABOVE, 0.2)
    assert (found.entry, found.invalidation, found.qty) == (100.9, 101.2, 0.66)
    assert found.exit_price == pytest.approx(101.2)


def test_slippage_through_the_levels_makes_it_smaller() -> None:
    # One unit at 99.8 (0.30), one at 99.7 (0.40), the rest at 99.5 (0.60 each).
    found = suggested(BID_WALL, BELOW, 1.3)
    assert found.qty == 3.0
    assert found.exit_price == pytest.approx((99.8 + 99.7 + 99.5) / 3)
    assert found.loss_usd == pytest.approx(1.3)
    assert not found.is_limited


def test_the_fee_counts_both_ways() -> None:
    found = suggested(BID_WALL, [(99.8, 100.0)], 10.0, fee_bps=10)
    assert found.qty == int(100 * 10 / (0.3 + 0.001 * (100.1 + 99.8))) / 100


def test_a_restless_market_moves_the_invalidation_away_in_whole_ticks() -> None:
    found = suggested(BID_WALL, BELOW, 1.0, {"minute_bps": 41.0}, beyond_sigmas=1)
    assert found.invalidation == 99.5
    assert found.entry == 100.1


def test_a_cluster_is_entered_before_its_nearest_level_and_given_up_beyond_its_farthest() -> None:
    found = suggested(Wall(Side.BID, 100.2, 99.9), BELOW, 1.0)
    assert (found.entry, found.invalidation) == (100.3, 99.7)


def test_without_room_before_the_wall_the_order_joins_it() -> None:
    assert suggested(BID_WALL, BELOW, 1.0, {"bid": 100.0, "ask": 100.1}).entry == 100.0
    assert suggested(ASK_WALL, ABOVE, 1.0, {"bid": 100.9, "ask": 101.0}).entry == 101.0


def test_more_than_the_book_holds_is_not_suggested() -> None:
    found = suggested(BID_WALL, BELOW, 1e9)
    assert (found.qty, found.is_limited) == (102.0, True)


@pytest.mark.parametrize(
    ("levels", "market", "amount", "words"),
    [
        (BELOW, {}, 1e-9, "one lot (0.01) may lose more"),
        ([], {}, 5.0, "no levels are known"),
        ([(99.9, 1.0)], {}, 5.0, "no levels are known"),
        (BELOW, {"minute_bps": 1e5}, 5.0, "at no price"),
    ],
)
def test_where_nothing_can_be_suggested_the_reason_is(
    levels: list[Level], market: dict[str, Any], amount: float, words: str
) -> None:
    found = suggest(BID_WALL, surface(levels, **market), amount, RiskSettings())
    assert isinstance(found, NoSuggestion)
    assert words in found.reason


@pytest.mark.parametrize(
    ("prices", "tick"),
    [
        ([100.0, 100.1, 100.4], "0.1"),
        ([100.0, 101.5, 103.0], "1.5"),
        ([1e-8, 3e-8, 7e-8], "2E-8"),
        ([60_000.0, 60_010.0], "10"),
        ([5.0], None),
        ([], None),
    ],
)
def test_the_tick_is_what_all_prices_are_multiples_of(
    prices: list[float], tick: str | None
) -> None:
    assert tick_of(prices) == (None if tick is None else Decimal(tick))


def test_the_mean_exit_is_none_where_the_levels_hold_less() -> None:
    assert mean_exit(BELOW, 6.0) == pytest.approx((5 * 99.9 + 99.8) / 6)
    assert mean_exit(BELOW, 107.0) is not None
    assert mean_exit(BELOW, 107.1) is None
