"""What became of the forecasts of a scene, and when a model is said to drift."""

from typing import Any

import pytest

from processors.engine.fate.drift import DriftWindow
from processors.engine.fate.forecast import FateFields
from processors.engine.fate.ledger import came_true
from schemas.fate.drift import DRIFT_WINDOW
from schemas.fate.features import OrderFeatures
from schemas.fate.model import FATE_FEATURES, FateForecast, FateModel, FigureBins
from schemas.market import TakerSide
from schemas.signals import Alert, FateOutcome, OrderFate, Outcome
from tests.support.markets.fate_model import fate_model
from tests.support.markets.scenario import START_MS, Scene

WALL = 990.0
MODEL = fate_model(*FateForecast)


def scene_of(model: FateModel | None = MODEL) -> Scene:
    """A wall from half a second on."""
    fate: dict[str, Any] = {"model": None if model is None else model.model_dump()}
    scene = Scene(fate=fate)
    scene.wait(400)
    scene.depth(500, bids=[(WALL, 200.0)])
    scene.wait(2_400)
    return scene


def graded(scene: Scene) -> list[FateOutcome]:
    return scene.of(FateOutcome)


def test_without_a_model_nothing_is_graded() -> None:
    scene = scene_of(None)
    scene.depth(2_500, bids=[(WALL, 0.0)])
    scene.wait(70_000)
    assert graded(scene) == []


def test_what_is_pulled_is_graded_with_what_was_told() -> None:
    scene = scene_of()
    scene.depth(2_500, bids=[(WALL, 0.0)])
    scene.wait(3_000)
    (outcome,) = graded(scene)
    assert (outcome.fate, outcome.told_at, outcome.after_ms) == (
        OrderFate.PULLED,
        START_MS + 1_000,
        1_500,
    )
    assert outcome.event_id == f"{outcome.order_id}@{outcome.told_at}"
    assert outcome.fate_model_version == MODEL.version
    for name in FateForecast:
        assert 0 < getattr(outcome, name.value) < 1


def test_what_takers_take_is_filled_and_the_next_forecast_begins_after_it() -> None:
    scene = scene_of()
    scene.trade(2_500, WALL, 110.0, TakerSide.SELL)
    scene.depth(2_500, bids=[(WALL, 90.0)])
    scene.wait(4_400)
    scene.depth(4_500, bids=[(WALL, 0.0)])
    scene.wait(5_000)
    first, *more = graded(scene)
    assert first.fate is OrderFate.FILLED
    assert all(one.told_at >= first.event_time for one in more)


def test_what_stands_is_graded_each_minute() -> None:
    scene = scene_of()
    scene.wait(125_000)
    assert [(one.fate, one.told_at - START_MS, one.after_ms) for one in graded(scene)] == [
        (OrderFate.STOOD, 1_000, 60_000),
        (OrderFate.STOOD, 61_000, 60_000),
    ]


def test_a_lost_book_says_only_how_long_it_stood() -> None:
    scene = scene_of()
    scene.reset(12_000)
    scene.finish(12_100)
    (outcome,) = graded(scene)
    assert (outcome.fate, outcome.after_ms) == (OrderFate.VOID, 11_000)
    assert came_true(OrderFate.VOID, 11_000, OrderFate.PULLED, 10_000) is False
    assert came_true(OrderFate.VOID, 11_000, OrderFate.PULLED, 60_000) is None


@pytest.mark.parametrize("restart_ms", [2_400, 30_000])
def test_a_restart_keeps_what_is_pending(restart_ms: int) -> None:
    whole, broken = scene_of(), scene_of()
    for scene in (whole, broken):
        scene.wait(restart_ms)
        if scene is broken:
            scene.restart()
        scene.wait(62_000)
    assert [one.model_dump_json() for one in graded(broken)] == [
        one.model_dump_json() for one in graded(whole)
    ]


def told(probability: float) -> FateFields:
    return FateFields(None, None, probability, None, "m")


def window(probability: float, happened: int) -> DriftWindow:
    """A full window in which one forecast came true so many times."""
    found = DriftWindow.of(MODEL)
    for number in range(DRIFT_WINDOW):
        found.grade(told(probability), [None, None, number < happened, None])
    return found


def test_frequencies_that_are_as_told_are_no_drift() -> None:
    assert window(0.3, 60).finding(MODEL) is None
    assert window(0.3, 75).finding(MODEL) is None, "chance"


def test_frequencies_that_are_not_as_told_are_drift() -> None:
    finding = window(0.3, 100).finding(MODEL)
    assert finding is not None
    assert "p_pulled_10s was 30.0% on average and came true 50.0% of 200 times" in finding.message
    assert finding.evidence["told"]["p_pulled_10s"]["happened"] == 100


def test_a_figure_that_is_distributed_otherwise_is_drift() -> None:
    halves = FigureBins(cuts=(0.0,), shares=(0.5, 0.5))
    model = MODEL.model_copy(update={"bins": (halves,) * len(FATE_FEATURES)})
    found = DriftWindow.of(model)
    for number in range(DRIFT_WINDOW):
        figures = [-1.0 if number % 2 else 1.0] * len(FATE_FEATURES)
        figures[0] = 1.0
        found.meet(OrderFeatures(*figures), model)
    assert set(found.shifts(model)) == {FATE_FEATURES[0]}
    finding = found.finding(model)
    assert finding is not None
    assert f"the figure {FATE_FEATURES[0]} is distributed unlike" in finding.message


def test_drift_is_an_alert_that_the_ledger_grades(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short window: what stands is told to be pulled nearly always."""
    monkeypatch.setattr("processors.engine.fate.ledger.DRIFT_WINDOW", 5)
    sure = MODEL.model_copy(
        update={
            "phases": tuple(
                phase.model_copy(
                    update={
                        "pulled": phase.pulled.model_copy(
                            update={"biases": (9.0,) * len(phase.ends_ms)}
                        )
                    }
                )
                for phase in MODEL.phases
            )
        }
    )
    scene = scene_of(sure)
    scene.wait(303_000)
    (alert,) = [alert for alert in scene.of(Alert) if alert.rule == "fate_drift"]
    assert alert.evidence["graded"] == 5
    outcomes = scene.of(Outcome)
    assert {one.label for one in outcomes} >= {"fate_drift"}
    (version,) = {one.model_version for one in outcomes}
    assert version == alert.evidence["model_version"]
