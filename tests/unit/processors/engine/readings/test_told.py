"""A second in which nothing changed is not told, but for a sign of life."""

from __future__ import annotations

from itertools import pairwise

import pytest

from schemas.market import TakerSide
from schemas.signals import BookMetrics, FlowBar
from schemas.signals.repeat import BOOK_REPEAT_MS, FLOW_REPEAT_MS
from schemas.units import HOUR_MS, SECOND_MS
from tests.support.markets.scenario import START_MS, Scene


def rest(scene: Scene, until: int) -> None:
    """Let both streams go on without anything new, once a second."""
    for at in range(scene.now + SECOND_MS, until + 1, SECOND_MS):
        scene.finish(at)
        scene.now = at


def books(scene: Scene) -> list[int]:
    return [book.event_time - START_MS for book in scene.of(BookMetrics)]


def bars(scene: Scene) -> list[FlowBar]:
    return [bar for bar in scene.of(FlowBar) if bar.interval_ms == SECOND_MS]


def test_a_market_at_rest_tells_its_book_each_repeat_and_its_bars_each_minute() -> None:
    scene = Scene()
    rest(scene, 4 * FLOW_REPEAT_MS + 1_000)
    told, quiet = books(scene), [bar.event_time for bar in bars(scene)]
    gaps = {after - before for before, after in pairwise(told)}
    assert gaps == {BOOK_REPEAT_MS}
    assert {b - a for a, b in pairwise(quiet)} == {FLOW_REPEAT_MS}


def test_rows_of_an_hour_at_rest_are_a_few_hundred() -> None:
    scene = Scene()
    rest(scene, HOUR_MS)
    assert len(scene.signals) <= 400


def test_a_second_with_a_change_of_the_book_is_told_and_the_next_one_is_not() -> None:
    scene = Scene()
    rest(scene, 4_500)
    scene.depth(5_500, bids=[(999.5, 2.0)])
    rest(scene, 9_500)
    assert books(scene)[1:] == [6_000]
    assert scene.of(BookMetrics)[-1].bid_qty == 2.0


def test_updates_without_levels_change_nothing() -> None:
    scene = Scene()
    scene.wait(15_000)
    assert len(books(scene)) == 1


def test_a_trade_is_told_and_so_is_the_second_after_it() -> None:
    scene = Scene()
    rest(scene, 4_500)
    scene.trade(5_200, 1_000.5, 0.5, TakerSide.BUY)
    rest(scene, 12_500)
    told = [(bar.event_time - START_MS, bar.trade_count) for bar in bars(scene)][1:]
    assert told == [(5_000, 1), (6_000, 0)]


def test_new_open_interest_is_told() -> None:
    scene = Scene()
    rest(scene, 4_500)
    scene.poll(5_100, 7.0)
    rest(scene, 12_500)
    assert [bar.open_interest for bar in bars(scene)] == [None, 7.0]


@pytest.mark.parametrize("at", [1_500, 19_500, 30_500])
def test_a_restart_tells_the_same_seconds(at: int) -> None:
    whole, broken = Scene(), Scene()
    for scene in (whole, broken):
        rest(scene, at)
        if scene is broken:
            scene.restart()
        rest(scene, 70_500)
    assert books(broken) == books(whole)
    assert [bar.event_time for bar in bars(broken)] == [bar.event_time for bar in bars(whole)]


def test_a_book_that_is_lost_is_told_at_once() -> None:
    scene = Scene()
    rest(scene, 4_500)
    scene.reset(5_500)
    rest(scene, 9_500)
    assert [book.is_valid for book in scene.of(BookMetrics)] == [True, False]
