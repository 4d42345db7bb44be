"""The class table, on scenes and on single orders."""

from typing import Any

import pytest

from schemas.market import TakerSide
from schemas.signals import ActionSignal, Classification, FinalAction, OrderEventKind
from tests.support.markets.scenario import START_MS, Scene

ASK, BID, WALL = 1_002.0, 998.0, 200.0
RESTLESS = {"least_minute_bps": 20.0}
"""Mid is taken to get as far as the walls here within a minute."""
TAKER_OF = {"ask": TakerSide.BUY, "bid": TakerSide.SELL}
PRICE_OF = {"ask": ASK, "bid": BID}


def scene_with_wall(
    side: str, price: float | None = None, qty: float = WALL, **overrides: Any
) -> Scene:
    scene = Scene(**overrides)
    scene.wait(900)
    scene.depth(1_000, **{f"{side}s": [(price or PRICE_OF[side], qty)]})
    scene.wait(1_300)
    return scene


@pytest.mark.parametrize("side", ["ask", "bid"])
def test_short_lived_untraded_and_pulled_is_a_spoof(side: str) -> None:
    scene = scene_with_wall(side)
    (closed,) = scene.depth(2_000, **{f"{side}s": [(PRICE_OF[side], 0.0)]})
    assert closed.classification is Classification.SPOOF
    assert closed.is_spoof
    assert closed.evidence["rule"] == "short-lived and pulled"
    assert closed.evidence["spoof_evidence"]["low_fill"] == 1.0


def test_from_three_seconds_on_a_pull_alone_is_no_spoof() -> None:
    scene = scene_with_wall("ask")
    scene.wait(3_900)
    (closed,) = scene.depth(4_000, asks=[(ASK, 0.0)])
    assert closed.lifetime_ms == 3_000
    assert closed.classification is Classification.UNKNOWN


def test_an_unknown_birth_is_never_a_spoof_by_lifetime() -> None:
    scene = scene_with_wall("ask", price=1_150.0)
    (closed,) = scene.depth(2_000, asks=[(1_150.0, 0.0)])
    assert closed.classification is Classification.UNKNOWN


@pytest.mark.parametrize(
    ("side", "swept"),
    [("ask", Classification.SWEEP_BUY), ("bid", Classification.SWEEP_SELL)],
)
def test_a_consumed_wall_is_swept(side: str, swept: Classification) -> None:
    scene = scene_with_wall(side)
    scene.trade(1_350, PRICE_OF[side], 61.0, TAKER_OF[side])
    (event,) = scene.depth(1_400, **{f"{side}s": [(PRICE_OF[side], WALL - 61.0)]})
    assert event.classification is swept
    assert event.was_consumed
    (closed,) = scene.depth(1_500, **{f"{side}s": [(PRICE_OF[side], 0.0)]})
    assert closed.classification is swept


@pytest.mark.parametrize(
    ("side", "defended"),
    [("bid", Classification.DEFENSIVE_BUY), ("ask", Classification.DEFENSIVE_SELL)],
)
def test_a_standing_wall_defends(side: str, defended: Classification) -> None:
    scene = scene_with_wall(side)
    (persistent,) = scene.wait(11_000)
    assert persistent.classification is defended
    (closed,) = scene.depth(15_000, **{f"{side}s": [(PRICE_OF[side], 0.0)]})
    assert closed.classification is defended


def test_after_two_lures_the_next_order_near_them_is_part_of_a_campaign() -> None:
    scene = Scene()
    for start in (1_000, 2_100):
        scene.depth(start, asks=[(ASK, WALL)])
        scene.wait(start + 300)
        scene.depth(start + 500, asks=[(ASK, 0.0)])
    scene.depth(3_200, asks=[(ASK + 0.5, WALL)])
    (opened,) = scene.wait(3_500)
    assert opened.classification is Classification.MANIPULATION
    assert opened.evidence["spoofs_near"] == 2


def test_lures_far_away_make_no_campaign() -> None:
    scene = Scene()
    for start in (1_000, 2_100):
        scene.depth(start, asks=[(ASK, WALL)])
        scene.wait(start + 300)
        scene.depth(start + 500, asks=[(ASK, 0.0)])
    scene.depth(3_200, asks=[(ASK * 1.003, WALL)], bids=[(BID, WALL)])
    opened = scene.wait(3_500)
    assert [event.classification for event in opened] == [Classification.UNKNOWN] * 2


def test_three_pulled_within_a_second_are_layers() -> None:
    scene = Scene()
    prices = (ASK - 1, ASK - 0.5, ASK)
    scene.depth(1_000, asks=[(price, WALL) for price in prices])
    scene.wait(5_000)
    for number, price in enumerate(prices):
        scene.depth(5_100 + number * 100, asks=[(price, 0.0)])
    assert scene.closed[-1].classification is Classification.MANIPULATION
    assert scene.closed[-1].evidence["layered"] == 3
    named = [event for event in scene.orders if event.kind is OrderEventKind.RECLASSIFIED]
    assert [event.price for event in named] == list(prices[:2])
    assert {event.classification for event in named} == {Classification.MANIPULATION}
    assert [event.closed_at for event in named] == [START_MS + 5_100, START_MS + 5_200]


def test_two_spoofs_within_a_minute_are_manipulation_until_it_is_over() -> None:
    scene = Scene()
    for start in (1_000, 2_100):
        scene.depth(start, asks=[(ASK, WALL)])
        scene.wait(start + 300)
        scene.depth(start + 500, asks=[(ASK, 0.0)])
    actions = scene.of(ActionSignal)
    assert actions[-1].final_action is FinalAction.MANIPULATION
    assert actions[-1].spoof_count == 2
    scene.wait(63_000, step=500)
    assert scene.of(ActionSignal)[-1].final_action is FinalAction.UNKNOWN


def test_defended_bids_accumulate_and_a_sweep_with_a_rising_price_marks_up() -> None:
    scene = scene_with_wall("bid", classify=RESTLESS)
    scene.wait(11_000)
    action = scene.of(ActionSignal)[-1]
    in_front = 3 * 999.0
    share = 200 * BID / (200 * BID + in_front)
    assert action.buy_score == pytest.approx(2.5 * share, rel=0.01)
    assert action.sell_score == 0.0
    assert action.final_action is FinalAction.ACCUMULATE
    scene.depth(12_000, asks=[(ASK, WALL)])
    scene.wait(12_500)
    scene.trade(12_550, ASK, WALL, TakerSide.BUY)
    gone = [(1_000 + 0.5 * i, 0.0) for i in range(1, 11)]
    scene.depth(12_600, asks=gone, bids=[(1_004.0, 1.0)])
    scene.wait(14_000)
    assert scene.of(ActionSignal)[-1].final_action is FinalAction.MARKUP


def test_a_wall_that_mid_does_not_reach_by_itself_counts_for_little() -> None:
    near, far = (
        scene_with_wall("bid", price=price, classify={"least_minute_bps": 5.0})
        for price in (999.0, 980.0)
    )
    for scene in (near, far):
        scene.wait(12_000)
    assert near.of(ActionSignal)[-1].final_action is FinalAction.ACCUMULATE
    assert far.orders[-1].classification is Classification.DEFENSIVE_BUY
    assert far.of(ActionSignal)[-1].final_action is FinalAction.UNKNOWN


@pytest.mark.parametrize("seconds", [61, 130])
def test_an_unchanged_action_is_repeated_every_minute(seconds: int) -> None:
    scene = Scene()
    scene.wait(seconds * 1_000, step=500)
    assert len(scene.of(ActionSignal)) == 1 + seconds // 60
