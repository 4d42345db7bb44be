"""Suggestions with the events of walls: when there are some, and what does not depend on them."""

from typing import Any

import pytest

from processors.engine.risk.beside_wall import SuggestedFields
from schemas.settings import EngineSettings, merged
from schemas.signals import DEFENSIVE, Classification, LargeOrderEvent, OrderEventKind, Signal
from tests.support.markets.scenario import START_MS, Scene

BID, WALL = 998.0, 200.0
FIELDS = tuple(SuggestedFields._fields)
LIFECYCLE = {"persistent_ms": 3_000, "persistent_observations": 10}


def scene_of(max_loss_usd: float | None = 50.0) -> Scene:
    """A wall that stands for five seconds, changes, and is pulled."""
    scene = Scene(risk={"max_loss_usd": max_loss_usd}, lifecycle=LIFECYCLE)
    scene.wait(900)
    scene.depth(1_000, bids=[(BID, WALL)])
    scene.wait(5_000)
    return scene


def end(scene: Scene) -> None:
    scene.depth(5_100, bids=[(BID, WALL + 10)])
    scene.depth(5_200, bids=[(BID, 0.0)])
    scene.wait(6_000)


def test_a_wall_that_stands_has_a_suggestion_in_words_and_figures() -> None:
    scene = scene_of()
    event = scene.orders[-1]
    assert event.classification is Classification.DEFENSIVE_BUY
    assert (event.suggested_entry, event.suggested_invalidation) == (998.5, 997.0)
    assert event.suggested_qty is not None
    assert event.suggested_qty > 0
    assert event.suggested_loss_usd is not None
    assert event.max_loss_usd == 50.0
    assert 45 < event.suggested_loss_usd <= 50.0
    assert event.suggestion is not None
    assert event.suggestion.startswith("Not advice. Leaning on this bid: buy ")
    for figure in ("998.5", "997", f"{event.suggested_qty:.12g}", "at most 50 USD"):
        assert figure in event.suggestion


def test_only_walls_that_stand_have_one() -> None:
    scene = scene_of()
    end(scene)
    for event in scene.orders:
        is_wall = event.classification in DEFENSIVE and event.close_reason is None
        assert (event.suggestion is not None) is is_wall, event
    assert scene.closed
    assert all(getattr(scene.closed[-1], name) is None for name in FIELDS)


def test_an_amount_below_one_lot_is_told_as_words_alone() -> None:
    event = scene_of(max_loss_usd=1e-6).orders[-1]
    assert event.suggestion is not None
    assert "Nothing to suggest: one lot (" in event.suggestion
    assert (event.suggested_qty, event.max_loss_usd) == (None, 1e-6)


def without_suggestions(signals: list[Signal]) -> list[dict[str, Any]]:
    told = [signal for signal in signals if type(signal).__name__ != "SuggestionOutcome"]
    hidden = {*FIELDS, "settings_version"}
    return [signal.model_dump(exclude=hidden) for signal in told]


def test_nothing_else_depends_on_them() -> None:
    on, off = scene_of(), scene_of(max_loss_usd=None)
    for scene in (on, off):
        end(scene)
    assert all(getattr(event, name) is None for event in off.orders for name in FIELDS)
    assert without_suggestions(on.signals) == without_suggestions(off.signals)


def test_a_restart_changes_nothing() -> None:
    whole, broken = scene_of(), scene_of()
    broken.restart()
    for scene in (whole, broken):
        end(scene)
    ids = {event.event_id: event for event in broken.orders}
    assert list(ids.values()) == whole.orders


@pytest.mark.parametrize(("before", "after"), [(None, 50.0), (50.0, 20.0), (50.0, None)])
def test_walls_that_stand_are_told_anew_when_the_amount_changes(
    before: float | None, after: float | None
) -> None:
    scene = scene_of(before)
    values = merged(scene.settings.model_dump(), {"risk": {"max_loss_usd": after}})
    scene.engine.change_settings(EngineSettings.model_validate(values), START_MS + 6_000)
    told = scene.wait(6_500)
    assert [(event.kind, event.max_loss_usd) for event in told] == [(OrderEventKind.CHANGED, after)]
    assert (told[0].suggestion is None) is (after is None)


def test_other_settings_tell_no_wall_anew() -> None:
    scene = scene_of()
    values = merged(scene.settings.model_dump(), {"action": {"lead": 3.0}})
    scene.engine.change_settings(EngineSettings.model_validate(values), START_MS + 6_000)
    assert not [e for e in scene.wait(6_500) if isinstance(e, LargeOrderEvent)]
