"""What the engine tells of the fate of its orders: only with a model, and the same after a
restart."""

from typing import Any

import pytest

from processors.engine.fate.forecast import UNTOLD, FateFields
from schemas.fate.model import FateForecast
from schemas.market import TakerSide
from schemas.signals import LargeOrderEvent, OrderState
from tests.support.markets.fate_model import fate_model
from tests.support.markets.scenario import Scene

WALL = 990.0


def told(event: LargeOrderEvent) -> FateFields:
    """Return the fields of an event about the fate."""
    return FateFields(*(getattr(event, name) for name in FateFields._fields))


def play(restart_at: int | None = None, **overrides: Any) -> list[LargeOrderEvent]:
    """Return the order events of a wall that is eaten in part and pulled."""
    scene = Scene(**overrides)
    scene.depth(500, bids=[(WALL, 200.0)])
    for step, left in ((2_000, 190.0), (4_000, 180.0), (6_000, 150.0)):
        scene.wait(step - 100)
        scene.trade(step, WALL, 10.0, TakerSide.SELL)
        scene.depth(step, bids=[(WALL, left)])
        if step == restart_at:
            scene.restart()
    scene.depth(7_000, bids=[(WALL, 0.0)])
    scene.finish(9_000)
    return scene.orders


@pytest.mark.parametrize("fate", [{}, {"model": None}, {"model": "off"}])
def test_without_a_model_nothing_is_told(fate: dict[str, Any]) -> None:
    assert {told(event) for event in play(fate=fate)} == {UNTOLD}


def test_what_stands_has_probabilities_and_what_is_closed_has_none() -> None:
    every = fate_model(*FateForecast)
    events = play(fate={"model": every.model_dump()})
    assert {event.state for event in events} >= {OrderState.OPEN, OrderState.CLOSED}
    for event in events:
        if event.state is OrderState.CLOSED:
            assert told(event) == UNTOLD
            continue
        fields = told(event)
        assert fields.fate_model_version == every.version
        filled, later = fields.p_filled_10s, fields.p_filled_60s
        pulled, last = fields.p_pulled_10s, fields.p_pulled_60s
        assert filled is not None
        assert later is not None
        assert pulled is not None
        assert last is not None
        assert 0 < filled < later
        assert 0 < pulled < last
        assert later + last < 1


def test_a_forecast_that_is_off_is_null() -> None:
    some = fate_model(FateForecast.PULLED_10S)
    event = play(fate={"model": some.model_dump()})[0]
    assert event.p_pulled_10s is not None
    assert (event.p_filled_10s, event.p_filled_60s, event.p_pulled_60s) == (None, None, None)


@pytest.mark.parametrize("restart_at", [2_000, 4_000, 6_000])
def test_a_restart_changes_no_forecast(restart_at: int) -> None:
    fate = {"model": fate_model(*FateForecast).model_dump()}
    calm = {event.event_id: told(event) for event in play(fate=fate)}
    again = {event.event_id: told(event) for event in play(restart_at, fate=fate)}
    assert len(calm) > 3
    assert again == calm


def test_a_model_changes_nothing_else() -> None:
    fields = {*FateFields._fields, "settings_version"}
    plain = [event.model_dump(exclude=fields) for event in play()]
    fate = {"model": fate_model(*FateForecast).model_dump()}
    assert [event.model_dump(exclude=fields) for event in play(fate=fate)] == plain
