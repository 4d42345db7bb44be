"""What the report of a sweep says of the choice that it made."""

from __future__ import annotations

import json

import numpy as np

from compose.backtest.judgement.objective import Measure, Objective
from compose.backtest.readings import GradedReadings
from compose.backtest.sweep.ranking import best_first, scored
from compose.backtest.sweep.report import SweepReport
from compose.backtest.sweep.results import PointResult
from compose.backtest.sweep.validation import ValidationPlan, validated

OBJECTIVE = Objective(Measure.RATIO, 1_000, 5.0)
PLAN = ValidationPlan(folds=3, slices=8)


def result(number: int, readings: int, mean: float = 0.0) -> PointResult:
    source = np.random.default_rng(number)
    told = np.sort(source.integers(0, 10**6, readings)).tolist()
    returns = (source.standard_normal(readings) + mean).tolist()
    group = GradedReadings("alert", "trap", "v:S", 1_000, told, returns, [0.0] * readings)
    values: dict[str, object] = {"threshold.multiple": number} if number else {}
    return PointResult(str(number), values, f"version{number}", 1.0, {}, [group])


def report(results: list[PointResult]) -> SweepReport:
    points = scored(results, OBJECTIVE)
    return SweepReport(OBJECTIVE, best_first(points), validated(points, OBJECTIVE, PLAN))


def test_a_winner_is_chosen_before_every_cut() -> None:
    found = report([result(0, 300), result(1, 300), result(2, 300, mean=1.0)])
    assert found.best.name == "threshold.multiple=2"
    document = found.as_json()
    assert [fold["point"] for fold in document["walk_forward"]["folds"]] == [found.best.name] * 3
    assert document["overfitting"]["probability"] == 0.0
    text = found.as_text()
    assert "3 points by ratio of every reading at 1 s; 3 have the 10 readings" in text
    assert "walk-forward over 3 cuts, embargo 1 s: in sample +" in text
    assert "probability of overfitting 0% (CSCV, 70 splits of 8 slices)" in text
    assert "## In sample and out of sample" in found.as_markdown()


def test_points_that_led_to_the_same_readings_are_one() -> None:
    twins = [PointResult(str(n), {"a.b": n}, "v", 1.0, {}, result(1, 300).readings) for n in (7, 8)]
    several = report([result(0, 300), *twins, result(2, 300, mean=1.0)])
    single = report([result(0, 300), twins[0], result(2, 300, mean=1.0)])
    assert several.validation == single.validation
    assert len(several.points) == 4


def test_too_few_readings_are_told_and_stay_as_configured() -> None:
    found = report([result(0, 4), result(1, 6, mean=1.0)])
    assert found.best.result.values == {}
    document = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert (document["walk_forward"], document["overfitting"]) == (None, None)
    assert document["points"][0]["score"] is None
    assert "walk-forward: too few readings before every cut" in found.as_text()
    assert "probability of overfitting: too few readings or points" in found.as_text()
    assert "0 have the 10 readings" in found.as_text()
