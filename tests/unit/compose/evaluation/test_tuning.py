"""The search for the weights of the spoof score."""

from pathlib import Path
from random import Random

import pytest

from compose.evaluation.injection.episode import Group
from compose.evaluation.matching import Outcome
from compose.evaluation.tuning import LEAST_WEIGHT, NAMES, Tuned, search, settings_toml
from schemas.settings import EngineSettings, load_settings
from schemas.signals import Classification, Side

TRIALS = 200


def pulled(label: Classification, found: Classification, **evidence: float) -> Outcome:
    pieces = {name: evidence.get(name, 0.5) for name in NAMES}
    return Outcome(
        "simulated", 0, Group.ADVERSARIAL, "actor", Side.BID, 1.0, 0, label, found, (), 1.0, 5_000,
        0.0, 0.0, 1.0, None, None, False, False, pieces,
    )  # fmt: skip


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """Lures that go when the price comes, and others that differ in nothing else."""
    random = Random(1)
    none, spoof = Classification.UNKNOWN, Classification.SPOOF
    lures = [pulled(spoof, none, approach=random.uniform(0.8, 1), low_fill=1) for _ in range(40)]
    others = [pulled(none, none, approach=random.uniform(0, 0.3), low_fill=1) for _ in range(40)]
    return [*lures, *others]


@pytest.fixture(scope="module")
def tuned(outcomes: list[Outcome]) -> Tuned:
    return search(EngineSettings(), outcomes, TRIALS)


def test_the_weights_part_lures_from_others(tuned: Tuned) -> None:
    at_limit = min(tuned.curve, key=lambda point: abs(point.limit - tuned.limit))
    assert at_limit.slow_lures_found == 1
    assert at_limit.others_accused == 0


def test_no_weight_is_nothing(tuned: Tuned) -> None:
    assert min(tuned.model.weights.model_dump().values()) >= LEAST_WEIGHT - 1e-9


def test_the_search_gives_the_same_twice(outcomes: list[Outcome], tuned: Tuned) -> None:
    assert search(EngineSettings(), outcomes, TRIALS) == tuned


def test_what_is_found_is_a_settings_file(tuned: Tuned, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(settings_toml(tuned, "wallwatch evaluate --tune"))
    assert load_settings(path, {}).engine.classify.spoof_model == tuned.model
