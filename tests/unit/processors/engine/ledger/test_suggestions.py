"""What becomes of a suggestion beside a wall: entered, stopped, held, withdrawn or void."""

from typing import Any

import pytest

from schemas.market import TakerSide
from schemas.settings import EngineSettings, merged
from schemas.signals import LargeOrderEvent, Side, SuggestionEnd, SuggestionOutcome
from tests.support.markets.scenario import START_MS, Scene

BID, WALL = 998.0, 200.0
LIFECYCLE = {"persistent_ms": 3_000, "persistent_observations": 10}
RISK = {"max_loss_usd": 50.0, "horizon_ms": 10_000, "beyond_sigmas": 0}
TOLD_MS = 4_000
"""When the wall has stood for long enough."""


def scene_of(**risk: Any) -> Scene:
    """A wall that stands, told as one; its suggestion buys at 998.5 and gives up at 997.0."""
    scene = Scene(risk={**RISK, **risk}, lifecycle=LIFECYCLE)
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)])
    scene.wait(TOLD_MS + 500)
    return scene


def enter(scene: Scene, at: int = 5_000) -> None:
    """The bids above the entry are taken, and a seller gets beyond it: to the wall."""
    scene.trade(at, 998.5, 1.0, TakerSide.SELL)
    scene.trade(at, 998.0, 1.0, TakerSide.SELL)
    scene.depth(at, bids=[(999.5, 0.0), (999.0, 0.0), (998.5, 0.0), (BID, WALL - 1)])


def graded(scene: Scene) -> list[SuggestionOutcome]:
    return scene.of(SuggestionOutcome)


def first(scene: Scene) -> LargeOrderEvent:
    return next(event for event in scene.orders if event.suggested_qty is not None)


def test_what_no_trade_touched_was_not_entered() -> None:
    scene = scene_of()
    scene.trade(5_000, 999.0, 1.0, TakerSide.SELL)
    scene.wait(14_500)
    (outcome,) = graded(scene)
    told = first(scene)
    assert (outcome.end, outcome.suggestion_id) == (SuggestionEnd.NOT_ENTERED, told.event_id)
    assert outcome.event_time == outcome.told_at + 10_000
    assert (outcome.entry, outcome.invalidation) == (998.5, 997.0)
    assert (outcome.loss_usd, outcome.is_within, outcome.entered_at) == (None, None, None)


def test_what_was_touched_at_the_entry_may_have_waited_behind_others() -> None:
    scene = scene_of()
    scene.trade(5_000, 998.5, 1.0, TakerSide.SELL)
    scene.depth(5_000, bids=[(999.5, 0.0), (999.0, 0.0)])
    scene.wait(14_500)
    (outcome,) = graded(scene)
    assert (outcome.end, outcome.loss_usd) == (SuggestionEnd.NOT_ENTERED, None)
    assert (outcome.touched_at, outcome.entered_at) == (START_MS + 5_000, None)


def test_a_trade_from_before_it_was_told_does_not_count() -> None:
    scene = Scene(risk=RISK, lifecycle=LIFECYCLE)
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)])
    scene.wait(TOLD_MS - 100)
    scene.trade(TOLD_MS - 50, 998.5, 1.0, TakerSide.SELL)
    scene.wait(14_500)
    assert [outcome.end for outcome in graded(scene)] == [SuggestionEnd.NOT_ENTERED]


def test_an_entered_one_that_is_not_stopped_leaves_through_the_book_at_the_horizon() -> None:
    scene = scene_of()
    enter(scene)
    scene.wait(14_500)
    (outcome,) = graded(scene)
    assert (outcome.end, outcome.entered_at) == (SuggestionEnd.HELD, START_MS + 5_000)
    # The wall takes all of what is sold.
    qty, fee, exit_price = outcome.qty, 5 / 10_000, 998.0
    assert outcome.exit_price == pytest.approx(exit_price)
    lost = qty * (998.5 - exit_price + fee * (998.5 + exit_price))
    assert outcome.loss_usd == pytest.approx(lost, abs=1e-5)
    assert outcome.is_within is True


def test_a_wall_that_does_not_hold_loses_what_was_said() -> None:
    scene = scene_of()
    enter(scene)
    scene.depth(5_500, bids=[(998.5, 0.0), (998.0, 0.0), (997.5, 0.0)])
    (outcome,) = graded(scene)
    assert (outcome.end, outcome.event_time) == (SuggestionEnd.STOPPED, START_MS + 5_500)
    assert outcome.loss_usd == pytest.approx(outcome.suggested_loss_usd, abs=1e-5)
    assert outcome.is_within is True
    assert outcome.suggested_loss_usd <= outcome.max_loss_usd == 50.0


def test_a_book_that_is_gone_beyond_the_wall_loses_more() -> None:
    scene = scene_of()
    enter(scene)
    emptied = [(998.5 - step / 2, 0.0) for step in range(20)]
    scene.depth(5_500, bids=emptied)
    (outcome,) = graded(scene)
    assert outcome.end is SuggestionEnd.STOPPED
    assert outcome.is_within is False
    assert outcome.loss_usd is not None
    assert outcome.loss_usd > outcome.max_loss_usd


def test_a_wall_that_is_pulled_before_anybody_was_there_withdraws_it() -> None:
    scene = scene_of()
    scene.depth(5_000, bids=[(BID, 0.0)])
    enter(scene, 6_000)
    scene.wait(14_500)
    (outcome,) = graded(scene)
    assert (outcome.end, outcome.event_time) == (SuggestionEnd.WITHDRAWN, START_MS + 5_000)


def test_an_entered_one_goes_on_without_its_wall() -> None:
    scene = scene_of()
    enter(scene)
    scene.depth(5_500, bids=[(BID, 0.0)])
    assert scene.closed
    assert graded(scene) == []
    scene.wait(14_500)
    assert [outcome.end for outcome in graded(scene)] == [SuggestionEnd.HELD]


@pytest.mark.parametrize("entered", [False, True])
def test_a_lost_book_makes_it_void(entered: bool) -> None:
    scene = scene_of()
    if entered:
        enter(scene)
    scene.reset(6_000)
    scene.finish(6_100)
    (outcome,) = graded(scene)
    assert (outcome.end, outcome.void_reason) == (SuggestionEnd.VOID, "gap")


@pytest.mark.parametrize("entered", [False, True])
def test_missing_trades_make_void_what_was_not_entered(entered: bool) -> None:
    scene = scene_of()
    if entered:
        enter(scene)
    scene.lose_trades(5_500, 5_600)
    scene.wait(6_000)
    reasons = [outcome.void_reason for outcome in graded(scene)]
    assert reasons == ([] if entered else ["trades missing"])


def test_a_silent_book_is_not_known() -> None:
    scene = Scene(risk=RISK, lifecycle=LIFECYCLE, ledger={"silent_ms": 3_000})
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)])
    scene.wait(4_500)
    scene.depth(9_000)
    assert [outcome.void_reason for outcome in graded(scene)] == ["silent"]


def test_one_at_a_time_of_each_wall_and_the_next_after_that() -> None:
    scene = scene_of()
    for at in range(5_000, 26_000, 500):
        scene.depth(at, bids=[(BID, WALL + at / 1_000)])
    outcomes = graded(scene)
    assert len(outcomes) == 2
    assert outcomes[1].told_at >= outcomes[0].event_time
    assert len({outcome.event_id for outcome in outcomes}) == 2


def test_switching_it_off_withdraws_what_was_not_entered() -> None:
    scene = scene_of()
    values = merged(scene.settings.model_dump(), {"risk": {"max_loss_usd": None}})
    scene.engine.change_settings(EngineSettings.model_validate(values), START_MS + 6_000)
    scene.wait(6_500)
    assert [outcome.end for outcome in graded(scene)] == [SuggestionEnd.WITHDRAWN]


@pytest.mark.parametrize("entered", [False, True])
def test_a_restart_keeps_what_is_pending(entered: bool) -> None:
    whole, broken = scene_of(), scene_of()
    for scene in (whole, broken):
        if entered:
            enter(scene)
    broken.restart()
    for scene in (whole, broken):
        scene.wait(14_500)
    assert graded(broken)[-1] == graded(whole)[-1]
    assert graded(whole)[-1].side is Side.BID
