"""Walk-forward: chosen by the past alone, judged by what came next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compose.backtest.judgement.objective import Chosen, Measure, Objective
from compose.backtest.judgement.walk_forward import walk_forward

HORIZON_MS = 1_000
MEAN = Objective(Measure.MEAN, HORIZON_MS, 0.0)


def point(seed: int, readings: int = 200, mean: float = 0.0) -> Chosen:
    source = np.random.default_rng(seed)
    told = np.sort(source.integers(0, 400_000, readings))
    return Chosen(told, source.standard_normal(readings) + mean)


@given(
    seed=st.integers(0, 2**32),
    folds=st.integers(1, 5),
    measure=st.sampled_from((Measure.MEAN, Measure.RATIO)),
)
@settings(max_examples=50)
def test_the_choice_before_a_cut_does_not_know_what_comes_after(
    seed: int, folds: int, measure: Measure
) -> None:
    objective = Objective(measure, HORIZON_MS, 0.0)
    points = [point(seed + number) for number in range(4)]
    before = walk_forward(points, objective, folds, HORIZON_MS)
    assert before is not None
    cut = before.folds[0].cut_ms
    unknown = [own.told_ms + HORIZON_MS > cut for own in points]
    changed = [
        Chosen(own.told_ms, np.where(later, -3.0 * own.bps + 1.0, own.bps))
        for own, later in zip(points, unknown, strict=True)
    ]
    after = walk_forward(changed, objective, folds, HORIZON_MS)
    assert after is not None
    first, again = before.folds[0], after.folds[0]
    assert (first.point, first.in_score) == (again.point, again.in_score)
    assert first.out_score != again.out_score


def test_the_planted_winner_is_chosen_and_holds_out_of_sample() -> None:
    points = [point(1), point(2), point(3, mean=1.0)]
    found = walk_forward(points, MEAN, 4, HORIZON_MS)
    assert found is not None
    assert [fold.point for fold in found.folds] == [2, 2, 2, 2]
    assert found.out_score == pytest.approx(1.0, abs=0.3)
    assert found.configured_score == pytest.approx(0.0, abs=0.3)
    assert found.out_readings == sum(fold.out_readings for fold in found.folds)
    assert 100 < found.out_readings < 200


def test_the_best_of_noise_is_worse_out_of_sample() -> None:
    gaps = []
    for seed in range(20):
        found = walk_forward([point(100 * seed + n) for n in range(20)], MEAN, 3, HORIZON_MS)
        assert found is not None
        gaps.append(found.in_score - found.out_score)
    assert np.mean(gaps) > 0.1


def test_too_few_readings_are_told() -> None:
    few = [point(seed, readings=8) for seed in range(2, 5)]
    assert walk_forward([point(1), *few], MEAN, 3, HORIZON_MS) is None
    assert walk_forward([point(1, readings=8)], MEAN, 3, HORIZON_MS) is None
