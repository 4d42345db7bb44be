"""The command line of `wallwatch evaluate`, as far as it goes without a run."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compose.commands.evaluate import REPORTING_SEEDS, TUNING_SEEDS, command
from compose.errors import UserError
from compose.evaluation.reporting.plots import new_figure
from compose.evaluation.tuning import search
from schemas.settings import EngineSettings


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


@pytest.mark.parametrize("seeds", ["7", "9:3", "a:b", "3:3"])
def test_a_wrong_range_of_seeds_is_named(tmp_path: Path, seeds: str) -> None:
    result = call("--out", str(tmp_path), "--seeds", seeds)
    assert result.exit_code == 2
    assert seeds in result.output


def test_tuning_never_sees_reporting_seeds(tmp_path: Path) -> None:
    result = call("--out", str(tmp_path), "--tune", "--seeds", "90:101")
    assert isinstance(result.exception, UserError)
    assert "for reporting" in str(result.exception)


def test_the_seeds_of_tuning_and_reporting_are_disjoint() -> None:
    assert not set(TUNING_SEEDS) & set(REPORTING_SEEDS)
    assert len(REPORTING_SEEDS) >= 20


@pytest.mark.parametrize(
    ("library", "use"),
    [
        ("matplotlib", lambda: new_figure(1, 1)),
        ("optuna", lambda: search(EngineSettings(), [], 1)),
    ],
)
def test_a_missing_library_is_named_with_its_cure(
    library: str, use: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UserError, match=rf"{library} is not installed.*wallwatch\[evaluate\]"):
        use()
