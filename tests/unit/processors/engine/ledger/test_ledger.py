"""What is graded, what is void, and why."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.settings import EngineSettings
from schemas.signals import Outcome
from tests.support.markets.scenario import START_MS, Scene

BID, WALL = 995.0, 200.0
HORIZONS_MS = (1_000, 5_000)


def scene_of(**ledger: Any) -> Scene:
    """A wall that stands for a second and is pulled 2 s after the start."""
    scene = Scene(ledger={"horizons_ms": HORIZONS_MS, **ledger})
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)])
    scene.wait(1_900)
    scene.depth(2_000, bids=[(BID, 0.0)])
    return scene


def outcomes_of_close(scene: Scene) -> dict[int, Outcome]:
    """The outcomes of the pulled wall by horizon."""
    closed = scene.closed[0].event_id
    return {o.horizon_ms: o for o in scene.of(Outcome) if o.reading_id == closed}


def test_an_order_that_closed_is_graded_when_its_horizon_is_over() -> None:
    scene = scene_of()
    scene.depth(2_500, asks=[(1_000.5, 0.0)])
    scene.wait(2_900)
    assert outcomes_of_close(scene) == {}
    scene.wait(3_100)
    outcome = outcomes_of_close(scene)[1_000]
    assert (outcome.told_at, outcome.event_time) == (START_MS + 2_000, START_MS + 3_000)
    assert (outcome.mid_at, outcome.mid_after, outcome.move_bps) == (1_000.0, 1_000.25, 2.5)
    assert (outcome.half_spread_bps_at, outcome.half_spread_bps_after) == (5.0, 7.498125)
    scene.wait(7_100)
    assert set(outcomes_of_close(scene)) == set(HORIZONS_MS)


def test_what_happens_at_the_horizon_itself_is_too_late() -> None:
    scene = scene_of()
    scene.wait(2_900)
    scene.depth(3_000, asks=[(1_000.5, 0.0)])
    scene.wait(3_100)
    assert outcomes_of_close(scene)[1_000].move_bps == 0.0


def test_a_book_that_was_lost_meanwhile_makes_it_void_with_the_reason() -> None:
    scene = scene_of()
    scene.wait(2_500)
    scene.reset(2_600)
    scene.finish(3_500)
    outcome = outcomes_of_close(scene)[1_000]
    assert (outcome.void_reason, outcome.move_bps, outcome.mid_at) == ("gap", None, None)


def test_a_book_that_was_silent_is_not_known() -> None:
    scene = scene_of(silent_ms=1_500)
    scene.finish(6_000)
    scene.wait(7_500)
    outcomes = outcomes_of_close(scene)
    assert {h: outcomes[h].void_reason for h in HORIZONS_MS} == {1_000: None, 5_000: "silent"}


def test_a_side_without_levels_has_no_mid() -> None:
    scene = scene_of()
    scene.depth(2_500, asks=[(1_000.0 + i * 0.5, 0.0) for i in range(1, 201)])
    scene.wait(3_100)
    assert outcomes_of_close(scene)[1_000].void_reason == "one-sided"


def test_too_many_readings_make_the_oldest_void() -> None:
    scene = Scene(ledger={"horizons_ms": (60_000, 90_000), "max_pending": 10})
    scene.wait(900)
    for number in range(12):
        at, price = 1_000 + 600 * number, BID - number
        scene.depth(at, bids=[(price, WALL)])
        scene.depth(at + 300, bids=[(price, 0.0)])
    void = [o for o in scene.of(Outcome) if o.void_reason == "too many readings"]
    assert void
    assert {o.horizon_ms for o in void} == {60_000, 90_000}
    assert all(o.event_time < START_MS + 8_500 for o in void)
    scene.wait(9_000)
    ids = [o.event_id for o in scene.of(Outcome)]
    assert len(ids) == len(set(ids))


def test_a_restart_keeps_what_is_pending() -> None:
    scene = scene_of()
    scene.restart()
    scene.wait(7_500)
    assert set(outcomes_of_close(scene)) == set(HORIZONS_MS)


def test_readings_of_before_a_change_of_horizons_keep_theirs() -> None:
    scene = scene_of()
    other = scene.settings.model_copy(
        update={"ledger": scene.settings.ledger.model_copy(update={"horizons_ms": (2_000,)})}
    )
    scene.engine.change_settings(other, START_MS + 3_000)
    scene.wait(7_500)
    outcomes = outcomes_of_close(scene)
    assert set(outcomes) == set(HORIZONS_MS)
    assert {o.settings_version for o in outcomes.values()} == {scene.settings.version}


@pytest.mark.parametrize("horizons", [(), (5_000, 1_000), (1_000, 1_000), (10,)])
def test_horizons_that_mean_nothing_are_refused(horizons: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match="horizons_ms"):
        EngineSettings.model_validate({"ledger": {"horizons_ms": horizons}})
