"""The figures of a standing order: what they say, and that nothing later changes them."""

from math import log, log1p

import pytest

from schemas.fate.features import OrderFeatures
from schemas.market import TakerSide
from tests.support.markets.scenario import START_MS
from tests.support.markets.seconds import WatchedScene

WALL = 990.0
BEGIN_MS = START_MS + 500


def wall_of(qty: float) -> WatchedScene:
    """Return a quiet market in which a bid came after half a second."""
    scene = WatchedScene()
    scene.wait(400)
    scene.depth(500, bids=[(WALL, qty)])
    return scene


def at(scene: WatchedScene, second: int) -> OrderFeatures:
    """Return the figures of the wall `second` seconds after the start."""
    return scene.features[START_MS + second * 1_000, WALL]


def test_an_untouched_wall() -> None:
    scene = wall_of(200.0)
    scene.wait(4_100)
    seen = at(scene, 4)
    assert seen.age == log1p(3.5)
    assert seen.size == pytest.approx(log(200.0 * WALL / 100_000))
    assert (seen.added, seen.traded, seen.cancelled, seen.hidden, seen.refills) == (0, 0, 0, 0, 0)
    assert (seen.chain, seen.levels) == (0.0, 0.0)
    assert (seen.flow_toward, seen.flow_away) == (0.0, 0.0)
    # 10 bps away; a still market is taken for as restless as half its spread of 10 bps.
    assert seen.distance == pytest.approx(log1p(100 / 5), rel=1e-3)
    assert seen.spread == pytest.approx(log1p(2.0), rel=1e-6)
    assert 0 < seen.imbalance < 1, "its own side holds more"
    before_usd = sum(1_000.0 - i * 0.5 for i in range(1, 20))
    assert seen.path == pytest.approx(198_000 / (198_000 + before_usd))


def test_what_happened_so_far_is_counted_against_the_largest_quantity() -> None:
    scene = wall_of(200.0)
    scene.wait(2_000)
    scene.depth(2_100, bids=[(WALL, 250.0)])
    scene.trade(2_200, WALL, 25.0, TakerSide.SELL)
    scene.depth(2_200, bids=[(WALL, 225.0)])
    scene.depth(2_300, bids=[(WALL, 200.0)])
    scene.wait(3_600)
    seen = at(scene, 3)
    assert (seen.added, seen.traded, seen.cancelled) == (0.2, 0.1, 0.1)
    assert seen.flow_toward == pytest.approx(log1p(25.0 / 200.0))
    assert seen.flow_away == 0.0


def test_flow_is_told_from_the_side_of_the_order() -> None:
    scene = WatchedScene()
    scene.depth(500, asks=[(1_010.0, 200.0)])
    scene.wait(2_400)
    scene.trade(2_500, 1_000.5, 0.5, TakerSide.BUY)
    scene.trade(2_500, 999.5, 0.25, TakerSide.SELL)
    scene.depth(2_500)
    scene.wait(3_600)
    seen = scene.features[START_MS + 3_000, 1_010.0]
    assert seen.flow_toward == pytest.approx(log1p(0.5 * 1_000.5 / 202_000))
    assert seen.flow_away == pytest.approx(log1p(0.25 * 999.5 / 202_000))
    assert seen.imbalance > 0


@pytest.mark.parametrize("pulled", [True, False])
def test_what_comes_later_changes_no_figure(pulled: bool) -> None:
    scene = wall_of(200.0)
    scene.trade(2_200, WALL, 25.0, TakerSide.SELL)
    scene.depth(2_200, bids=[(WALL, 175.0)])
    scene.wait(5_000)
    if not pulled:
        scene.trade(5_000, WALL, 175.0, TakerSide.SELL)
    scene.depth(5_000, bids=[(WALL, 0.0)])
    scene.wait(7_000)

    other = wall_of(200.0)
    other.trade(2_200, WALL, 25.0, TakerSide.SELL)
    other.depth(2_200, bids=[(WALL, 175.0)])
    other.wait(4_900)
    other.depth(5_000, bids=[(WALL, 900.0)], asks=[(1_002.0, 700.0)])
    other.wait(7_000)

    until = START_MS + 5_000
    known = {key: seen for key, seen in scene.features.items() if key[0] <= until}
    assert len(known) == 5, "the last one before what happens at it"
    assert known == {key: seen for key, seen in other.features.items() if key[0] <= until}
