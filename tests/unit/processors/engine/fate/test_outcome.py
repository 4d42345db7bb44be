"""Filled or pulled: whichever comes first, and nobody knows after an end that says neither."""

from typing import Any

import pytest

from processors.engine.fate.outcome import Fate, Outcome, outcome_of
from schemas.market import TakerSide
from tests.support.markets.scenario import START_MS
from tests.support.markets.seconds import WatchedScene

WALL = 990.0
END_MS = START_MS + 60_000


def standing_scene() -> WatchedScene:
    """Return a quiet market in which a bid of 200 stood from 0.5 s to 3 s."""
    scene = WatchedScene()
    scene.depth(500, bids=[(WALL, 200.0)])
    scene.wait(3_000)
    return scene


def fate_from(scene: WatchedScene, second: int, end: int = END_MS) -> Outcome:
    """Return what became of the wall as it stood after so many seconds."""
    then = scene.standing[START_MS + second * 1_000, WALL]
    return outcome_of(then, scene.orders, end)


def eaten(scene: WatchedScene, at: int, qty: float, left: float) -> None:
    """Let takers take from the wall."""
    scene.trade(at, WALL, qty, TakerSide.SELL)
    scene.depth(at, bids=[(WALL, left)])


def test_half_of_what_stood_was_taken() -> None:
    scene = standing_scene()
    eaten(scene, 3_100, 60.0, 140.0)
    scene.wait(4_000)
    eaten(scene, 4_100, 40.0, 100.0)
    scene.wait(5_100)
    assert fate_from(scene, 3) == (Fate.FILLED, START_MS + 4_100)
    # As it stood at 4 s, 40 of 140 are less than half.
    assert fate_from(scene, 4) == (Fate.CENSORED, END_MS)


def test_half_was_taken_away() -> None:
    scene = standing_scene()
    scene.depth(3_100, bids=[(WALL, 100.0)])
    scene.wait(4_100)
    assert fate_from(scene, 3) == (Fate.PULLED, START_MS + 3_100)


def test_the_larger_part_of_one_update_decides() -> None:
    scene = standing_scene()
    eaten(scene, 3_100, 110.0, 0.0)
    scene.wait(9_000)
    assert fate_from(scene, 3) == (Fate.FILLED, START_MS + 3_100)


def test_what_was_filled_first_is_not_pulled() -> None:
    scene = standing_scene()
    eaten(scene, 3_100, 100.0, 100.0)
    scene.depth(3_500, bids=[(WALL, 0.0)])
    scene.wait(9_000)
    assert fate_from(scene, 3) == (Fate.FILLED, START_MS + 3_100)


def test_nobody_knows_after_the_book_was_lost() -> None:
    scene = standing_scene()
    scene.reset(3_400)
    scene.finish(3_500)
    assert fate_from(scene, 2) == (Fate.CENSORED, START_MS + 3_400)


@pytest.mark.parametrize("change", [{"bids": [(WALL, 0.0)]}, {"bids": [(WALL, 400.0)]}])
def test_what_comes_after_the_end_does_not_count(change: dict[str, Any]) -> None:
    scene = standing_scene()
    scene.depth(4_100, **change)
    end = START_MS + 4_000
    assert fate_from(scene, 3, end) == (Fate.CENSORED, end)
