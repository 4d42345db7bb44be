"""Measures against figures worked out by hand, and against their definitions."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compose.evaluation.hard.fit import fit_model, probabilities
from compose.evaluation.hard.measure.classes import class_figures
from compose.evaluation.hard.measure.matching import Outcome
from compose.evaluation.hard.measure.probability import auc, probability_figures
from compose.evaluation.hard.story import Kind
from schemas.signals import Classification, Side

SPOOF, UNKNOWN = Classification.SPOOF, Classification.UNKNOWN
TOLD = st.lists(st.tuples(st.booleans(), st.sampled_from((0.1, 0.2, 0.5, 0.9))), min_size=2)


def outcome(**fields: Any) -> Outcome:
    values: dict[str, Any] = {
        "market": "tape",
        "seed": 1,
        "kind": Kind.LURE,
        "side": Side.BID,
        "price": 100.0,
        "started_ms": 0,
        "lifetime_ms": 1_000,
        "distance_bps": 5.0,
        "accepted": (SPOOF,),
        "doubt": "",
        "found": SPOOF,
        "was_accused": True,
        "alarms": 1,
        "true_fill": 0.0,
        "fill": (0.0, 0.0, 0.0),
        "size": 10.0,
        "pull": True,
        "probability": 0.9,
    }
    return Outcome(**{**values, **fields})


@given(TOLD)
def test_auc_is_the_chance_that_a_lure_ranks_above_what_is_none(
    told: list[tuple[bool, float]],
) -> None:
    lures = [p for is_lure, p in told if is_lure]
    others = [p for is_lure, p in told if not is_lure]
    assume(lures and others)
    pairs = [(a > b) + 0.5 * (a == b) for a in lures for b in others]
    found = auc(np.array([float(is_lure) for is_lure, _ in told]), np.array([p for _, p in told]))
    assert found == pytest.approx(sum(pairs) / len(pairs))


def test_skill_is_measured_against_always_telling_the_base_rate() -> None:
    told = [
        outcome(probability=0.8),
        outcome(probability=0.6),
        outcome(accepted=(UNKNOWN,), probability=0.4),
        outcome(accepted=(UNKNOWN,), probability=0.0),
        outcome(doubt="partly filled", probability=0.0),
        outcome(pull=False, probability=0.0),
    ]
    figures = probability_figures(told)
    assert (figures["pulls"], figures["base_rate"], figures["auc"]) == (4, 0.5, 1.0)
    assert figures["brier"] == pytest.approx((0.04 + 0.16 + 0.16 + 0.0) / 4)
    assert figures["brier_skill"] == pytest.approx(1 - 0.09 / 0.25)
    assert [row["pulls"] for row in figures["reliability"]] == [1, 1, 1, 1]


def test_an_order_that_is_not_seen_counts_as_told_unknown() -> None:
    told = [outcome(), outcome(found=None), outcome(accepted=(UNKNOWN,), found=None)]
    figures = class_figures([*told, outcome(accepted=(UNKNOWN,))])
    spoof = figures["classes"]["SPOOF"]
    assert (spoof["precision"], spoof["recall"], spoof["f1"]["value"]) == (0.5, 0.5, 0.5)
    assert figures["confusion"]["SPOOF"] == {"SPOOF": 1, "UNKNOWN": 1}


@pytest.mark.parametrize(
    ("true", "fill", "within"),
    [
        (0.0, (0, 0, 0), True),
        (5.0, (4, 4, 5), True),
        (3.9, (4, 4, 5), False),
        (6, (4, 5, 5), False),
    ],
)
def test_a_quantity_lies_within_its_bounds_or_not(
    true: float, fill: tuple[float, float, float], within: bool
) -> None:
    assert outcome(true_fill=true, fill=fill).within_bounds is within


def test_the_fit_finds_what_speaks_for_a_lure_and_never_a_negative_weight() -> None:
    random = np.random.default_rng(4)
    told = []
    for _ in range(400):
        near, young = random.random(), random.random()
        is_lure = random.random() < 1 / (1 + np.exp(-(6 * near - 3)))
        told.append(
            outcome(
                accepted=(SPOOF if is_lure else UNKNOWN,),
                features={"approach": near, "short_life": young, "low_fill": 1.0 - near},
            )
        )
    found = fit_model(told)
    weights = found.model.weights
    assert found.pulls == 400
    assert weights.approach > 2.0
    assert weights.low_fill == 0.0
    assert all(weight >= 0.0 for weight in weights.model_dump().values())
    rows = np.zeros((1, len(type(weights).model_fields)))
    assert probabilities(found.model, rows)[0] < 0.2


def test_there_must_be_something_to_tell_apart() -> None:
    with pytest.raises(ValueError, match="nothing to tell apart"):
        fit_model([outcome()])
