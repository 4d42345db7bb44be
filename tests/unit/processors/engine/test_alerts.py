"""Traps and swans."""

import pytest

from schemas.market import TakerSide
from schemas.signals import Alert, AlertLevel
from tests.support.markets.scenario import Scene

ASK, BID, WALL = 1_005.0, 995.0, 200.0


def pulled_bid(scene: Scene) -> None:
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)])
    scene.wait(1_500)
    scene.depth(2_000, bids=[(BID, 0.0)])


def test_a_bid_pulled_while_nobody_bought_is_a_bull_trap() -> None:
    scene = Scene()
    scene.trade(1_400, 999.5, 1.0, TakerSide.SELL)
    pulled_bid(scene)
    traps = [alert for alert in scene.of(Alert) if alert.rule == "trap"]
    assert [alert.evidence["kind"] for alert in traps] == ["bull"]


def test_a_bid_that_drew_buyers_is_no_trap() -> None:
    scene = Scene()
    scene.trade(1_400, 1_000.5, 1.0, TakerSide.BUY)
    pulled_bid(scene)
    assert [alert for alert in scene.of(Alert) if alert.rule == "trap"] == []


def whale_crash(drop_pct: float) -> list[Alert]:
    """The price falls to a standing wall, which is then eaten."""
    scene = Scene()
    scene.wait(900)
    wall = round(1_000 * (1 - drop_pct / 100)) - 1.0
    scene.depth(1_000, bids=[(wall, WALL)])
    scene.wait(2_500)
    gone = [(1_000 - 0.5 * i, 0.0) for i in range(1, 201) if 1_000 - 0.5 * i > wall]
    scene.depth(2_600, bids=gone, asks=[(wall + 2, 5.0)])
    scene.wait(3_500)
    scene.trade(3_550, wall, 40.0, TakerSide.SELL)
    scene.depth(3_600, bids=[(wall, WALL - 40.0)])
    scene.trade(3_650, wall, 60.0, TakerSide.SELL)
    scene.depth(3_700, bids=[(wall, WALL - 100.0)])
    return [alert for alert in scene.of(Alert) if alert.rule == "swan"]


def test_every_level_of_a_swan_is_told_once_an_order() -> None:
    levels = [alert.level for alert in whale_crash(5.0)]
    assert levels == [AlertLevel.WATCH, AlertLevel.HIGH, AlertLevel.CRITICAL]


def test_without_the_fall_it_is_no_critical_swan() -> None:
    assert AlertLevel.CRITICAL not in [alert.level for alert in whale_crash(1.0)]


@pytest.mark.parametrize(("fall", "told"), [(4.9, 0), (5.1, 1)])
def test_a_fall_of_open_interest_is_told_once(fall: float, told: int) -> None:
    scene = Scene()
    scene.poll(500, 1_000.0)
    scene.wait(20_000, step=1_000)
    scene.poll(20_500, 1_000.0 * (1 - fall / 100))
    scene.wait(40_000, step=1_000)
    scene.poll(40_500, 900.0 * (1 - fall / 100))
    scene.wait(41_000)
    falls = [a for a in scene.of(Alert) if "oi_change_pct" in a.evidence]
    assert len(falls) == (told or 1)
