"""Precision, recall, F1 and their intervals."""

import pytest

from compose.evaluation.injection.episode import Group
from compose.evaluation.matching import Outcome
from compose.evaluation.scores import FOUND, LABELS, macro_f1, scores
from schemas.signals import Classification, Side

SPOOF, SWEEP = Classification.SPOOF, Classification.SWEEP_BUY
NONE = Classification.UNKNOWN


def outcome(
    label: Classification,
    found: Classification | None,
    seed: int = 0,
    beside: tuple[Classification, ...] = (),
    traded: float = 0.0,
    attributed: float = 0.0,
) -> Outcome:
    return Outcome(
        "capture", seed, Group.CLEAN, "actor", Side.ASK, 100.0, 0, label, found, beside, 1.0, 500,
        traded, attributed, 10.0, None, None, False, False, None,
    )  # fmt: skip


def test_precision_recall_and_f1_of_a_class() -> None:
    told = [
        outcome(SPOOF, SPOOF),
        outcome(SPOOF, SPOOF),
        outcome(SPOOF, NONE),
        outcome(SPOOF, None),
        outcome(SWEEP, SPOOF),
        outcome(NONE, SPOOF),
    ]
    found = scores(told).classes[SPOOF]
    assert found.precision.value == 2 / 4
    assert found.recall.value == 2 / 4
    assert found.f1.value == 2 / 4
    assert found.episodes == 4


def test_a_wrong_class_beside_the_right_one_costs_precision_alone() -> None:
    told = [outcome(SPOOF, SPOOF), outcome(SWEEP, SWEEP, beside=(SPOOF,))]
    found = scores(told)
    assert found.classes[SPOOF].precision.value == 1 / 2
    assert found.classes[SPOOF].recall.value == 1
    assert found.classes[SWEEP].f1.value == 1


def test_the_macro_figure_is_the_mean_over_all_six_classes() -> None:
    told = [outcome(label, label) for label in LABELS[:3]]
    assert scores(told).macro_f1.value == pytest.approx(3 / 6)
    assert macro_f1(told) == pytest.approx(3 / 6)


def test_the_confusion_matrix_counts_every_episode_once() -> None:
    told = [outcome(SPOOF, NONE), outcome(SPOOF, None), outcome(NONE, None)]
    matrix = scores(told).confusion
    assert sum(map(sum, matrix)) == len(told)
    assert matrix[LABELS.index(SPOOF)][FOUND.index("none")] == 1


def test_the_interval_shows_how_far_the_seeds_differ() -> None:
    agreeing = [outcome(SPOOF, SPOOF, seed) for seed in range(20)]
    differing = [outcome(SPOOF, SPOOF if seed % 2 else NONE, seed) for seed in range(20)]
    sure, unsure = (scores(told).classes[SPOOF].recall for told in (agreeing, differing))
    assert sure.low == sure.high == 1
    assert unsure.low < 0.5 < unsure.high
    assert scores(differing).classes[SPOOF].recall == unsure, "the same seeds, the same interval"


@pytest.mark.parametrize(
    ("traded", "attributed", "right"),
    [
        (5.0, 5.0, True),
        (5.0, 5.049, True),
        (5.0, 5.06, False),
        (5.0, 4.94, False),
        (0.0, 0.009, True),
        (0.0, 0.02, False),
    ],
)
def test_a_traded_quantity_is_told_within_one_percent(
    traded: float, attributed: float, right: bool
) -> None:
    told = outcome(SPOOF, SPOOF, traded=traded, attributed=attributed)
    assert told.attribution_is_right is right


def test_an_order_that_was_not_seen_is_not_attributed() -> None:
    assert not outcome(SPOOF, None).attribution_is_right


def test_no_order_is_as_good_as_no_class_where_there_is_nothing_to_tell() -> None:
    assert outcome(NONE, None).correct
    assert outcome(NONE, NONE).correct
    assert not outcome(SPOOF, None).correct
