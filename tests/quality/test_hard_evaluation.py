"""The hard evaluation, small: it is the same twice, can fail, and has not become worse.

The published figures are those of `wallwatch evaluate --hard`; these are other seeds.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from compose.cli import cli
from compose.evaluation.hard.produce import HardRequest, produce_hard
from compose.evaluation.hard.seeds import FIT_SEEDS, REPORT_SEEDS, TEST_SEEDS
from compose.evaluation.hard.story import INNOCENT
from schemas.settings import EngineSettings, merged

SEEDS = TEST_SEEDS[:4]


def figures(seeds: range, **engine: Any) -> dict[str, Any]:
    settings = EngineSettings.model_validate(merged(EngineSettings().model_dump(), engine))
    return produce_hard(HardRequest(None, (), seeds, settings, "test"), lambda _: None)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Four seeds on the simulated market, the first with every fault and scale."""
    return figures(SEEDS)


def test_seeds_of_one_purpose_serve_no_other() -> None:
    uses = [set(FIT_SEEDS), set(REPORT_SEEDS), set(TEST_SEEDS)]
    assert len(set.union(*uses)) == sum(map(len, uses))


def test_the_detection_is_not_worse_than_it_was(found: dict[str, Any]) -> None:
    assert found["stories"] > 200
    assert found["macro_f1"]["value"] >= 0.80
    assert found["innocent_accused"] <= 0.08
    assert found["quantity"]["within_bounds"] >= 0.97
    assert found["probability"]["auc"] >= 0.75
    assert {kind.value for kind in INNOCENT} <= set(found["kinds"])


def test_no_honest_sweep_is_accused_under_any_fault(found: dict[str, Any]) -> None:
    assert len(found["faults"]) == 5
    for fault in found["faults"].values():
        assert fault["sweeps"] > 0
        assert fault["sweeps_accused"] == 0


def test_what_is_told_does_not_depend_on_the_scale(found: dict[str, Any]) -> None:
    assert len(found["scales"]) == 3
    assert min(one["told_the_same"] for one in found["scales"].values()) >= 0.97


def test_the_same_seeds_give_the_same_figures_and_others_do_not() -> None:
    once, twice = figures(range(9_008, 9_009)), figures(range(9_008, 9_009))
    assert once == twice
    assert once != figures(range(9_009, 9_010))


def test_it_can_fail(found: dict[str, Any]) -> None:
    """A detector that needs ten times the size sees little of it."""
    blind = figures(SEEDS[:1], threshold={"multiple": 40.0, "depth_share": 0.8})
    assert blind["macro_f1"]["value"] < found["macro_f1"]["value"] - 0.2


def test_the_report_shows_goals_and_what_is_wrong(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        cli, ["evaluate", "--hard", "--seeds", "9000:9001", "--out", str(tmp_path), "--json"]
    )
    assert run.exit_code == 0, run.output
    line = json.loads(run.stdout.splitlines()[-1])
    report = (tmp_path / "report.md").read_text()
    assert line["seeds"] == [9_000, 9_001]
    assert "| macro F1 |" in report
    assert (tmp_path / "reliability.png").stat().st_size > 1_000


@pytest.mark.parametrize(
    "arguments",
    [["--fit"], ["--no-simulated"], ["--hard", "--no-simulated"], ["--hard", "--tune"], []],
)
def test_options_that_do_not_belong_together_are_refused(arguments: list[str]) -> None:
    run = CliRunner().invoke(cli, ["evaluate", *arguments])
    assert run.exit_code != 0
    assert run.exception is not None
