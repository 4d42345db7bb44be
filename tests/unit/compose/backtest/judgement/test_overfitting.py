"""The probability of overfitting: one half for noise, none for a real winner."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compose.backtest.judgement.objective import Chosen, Measure, Objective
from compose.backtest.judgement.overfitting import overfitting
from compose.backtest.judgement.splits import cuts, within

HORIZON_MS = 10
SPAN_MS = 1_000_000
RATIO = Objective(Measure.RATIO, HORIZON_MS, 0.0)


def market(seed: int, points: int, readings: int, winner_mean: float = 0.0) -> list[Chosen]:
    """Points that saw noise, of which the last has a mean of its own."""
    source = np.random.default_rng(seed)
    found = []
    for number in range(points):
        told = np.sort(source.integers(0, SPAN_MS, readings))
        mean = winner_mean if number == points - 1 else 0.0
        found.append(Chosen(told, source.standard_normal(readings) + mean))
    return found


def by_hand(points: list[Chosen], objective: Objective, slices: int) -> float:
    """The definition, split by split and point by point."""
    edges = cuts(points, slices).tolist()
    lower = []
    for half in combinations(range(slices), slices // 2):
        scores: list[list[float]] = [[], []]
        for own in points:
            for side, is_inside in ((0, True), (1, False)):
                chosen = [place for place in range(slices) if (place in half) == is_inside]
                masks = [
                    within(own.told_ms, HORIZON_MS, edges[place], edges[place + 1])
                    for place in chosen
                ]
                scores[side].append(objective.score(own.bps[np.any(masks, axis=0)]))
        best = int(np.argmax(scores[0]))
        rank = 1 + sum(score < scores[1][best] for score in scores[1])
        share = rank / (len(points) + 1)
        lower.append(np.log(share / (1 - share)) <= 0)
    return float(np.mean(lower))


@given(seed=st.integers(0, 2**32), measure=st.sampled_from(list(Measure)))
@settings(max_examples=25, deadline=None)
def test_it_is_its_definition(seed: int, measure: Measure) -> None:
    objective = Objective(measure, HORIZON_MS, 0.0)
    points = market(seed, points=5, readings=300)
    found = overfitting(points, objective, 6, 0)
    assert found is not None
    assert (found.splits, found.slices) == (20, 6)
    assert found.probability == pytest.approx(by_hand(points, objective, 6))


def test_noise_is_one_half() -> None:
    found = [overfitting(market(seed, 20, 400), RATIO, 8, HORIZON_MS) for seed in range(60)]
    probabilities = [one.probability for one in found if one is not None]
    assert len(probabilities) == 60
    assert np.mean(probabilities) == pytest.approx(0.5, abs=0.08)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_a_planted_winner_is_none(seed: int) -> None:
    found = overfitting(market(seed, 20, 400, winner_mean=1.0), RATIO, 8, HORIZON_MS)
    assert found is not None
    assert found.probability < 0.01
    assert found.loss == 0.0
    assert found.out_score == pytest.approx(1.0, abs=0.3)


def test_all_splits_of_sixteen_slices_are_judged() -> None:
    found = overfitting(market(1, 8, 800), RATIO, 16, HORIZON_MS)
    assert found is not None
    assert found.splits == 12_870


def test_the_best_of_a_few_busy_points_is_not_judged() -> None:
    busy, quiet = market(1, 2, 400), market(2, 8, 12)
    assert overfitting(busy, RATIO, 8, 0) is not None
    assert overfitting([*busy, *quiet], RATIO, 8, 0) is None


def test_one_point_and_too_few_readings_say_nothing() -> None:
    assert overfitting(market(1, 1, 400), RATIO, 8, 0) is None
    assert overfitting(market(1, 5, 12), RATIO, 8, 0) is None
    assert overfitting([Chosen(np.empty(0, dtype=np.int64), np.empty(0))] * 2, RATIO, 8, 0) is None
