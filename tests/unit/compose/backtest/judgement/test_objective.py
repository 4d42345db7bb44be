"""The figure that settings are judged by."""

from __future__ import annotations

import numpy as np
import pytest

from compose.backtest.judgement.objective import FEWEST_READINGS, Measure, Objective
from compose.backtest.readings import GradedReadings

RETURNS = [1.0, -2.0, 4.0, 0.5, 3.0, -1.0, 2.0, 2.0, -0.5, 1.5]
TIMES = list(range(100, 110))
GROUP = GradedReadings("alert", "trap", "v:S", 1_000, TIMES, RETURNS, [0.2] * 10)
OTHER = GradedReadings("action", "MARKUP", "v:S", 1_000, [95, 105], [9.0, 9.0], [0.2, 0.2])
LATER = GradedReadings("alert", "trap", "v:S", 5_000, TIMES, [7.0] * 10, [0.2] * 10)


def objective(measure: Measure, kind: str | None = "alert") -> Objective:
    return Objective(measure, 1_000, 5.0, kind)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (Measure.MEAN, np.mean(RETURNS)),
        (Measure.NET, np.mean(RETURNS) - 0.2 - 10.0),
        (Measure.RATIO, np.mean(RETURNS) / np.std(RETURNS)),
    ],
)
def test_the_figure_is_what_it_says(measure: Measure, expected: float) -> None:
    chosen = objective(measure).choose([OTHER, GROUP, LATER])
    assert objective(measure).score(chosen.bps) == pytest.approx(expected)


def test_readings_of_every_kind_are_in_order_of_time() -> None:
    chosen = objective(Measure.MEAN, kind=None).choose([OTHER, GROUP, LATER])
    assert chosen.told_ms.tolist() == sorted([95, 105, *TIMES])
    assert chosen.bps[0] == 9.0
    assert len(chosen) == 12


def test_too_few_readings_and_equal_ones_have_no_score() -> None:
    few = np.array(RETURNS[: FEWEST_READINGS - 1])
    assert np.isnan(objective(Measure.MEAN).score(few))
    assert np.isnan(objective(Measure.RATIO).score(np.full(20, 0.1)))
    assert np.isnan(objective(Measure.MEAN).score(np.empty(0)))
