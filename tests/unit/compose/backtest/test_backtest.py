"""A backtest from its tapes to its report."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose.backtest.backtest import Sweep, backtest
from compose.backtest.judgement.objective import Measure, Objective
from compose.backtest.sweep.points import Axis, grid
from compose.backtest.sweep.results import POINTS_NAME
from compose.backtest.sweep.validation import DEFAULT_PLAN
from compose.errors import UserError
from compose.tapes.captures import tapes_of_captures
from compose.tapes.tape import Tape
from schemas.settings import Settings
from tests.support.markets.simulated_capture import simulated_capture


@pytest.fixture(scope="module")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> list[Tape]:
    folder = tmp_path_factory.mktemp("tapes")
    capture = simulated_capture(folder / "capture", seconds=30)
    return tapes_of_captures([capture], Settings(), None, folder, lambda _: None)


def sweep(folder: Path | None, label: str | None = None) -> Sweep:
    points = grid([Axis("threshold.min_usd", (3e6,))], Settings())
    return Sweep(points, Objective(Measure.MEAN, 1_000, 5.0, None, label), DEFAULT_PLAN, folder, 1)


def test_the_chosen_run_is_that_of_its_settings(tapes: list[Tape], tmp_path: Path) -> None:
    found = backtest(tapes, Settings(), {}, sweep(tmp_path), None, lambda _: None)
    assert found.sweep is not None
    values = found.sweep.best.result.values
    point = next(point for point in sweep(None).points if point.values == values)
    alone = backtest(tapes, point.settings, found.overrides, None, None, lambda _: None)
    assert (alone.settings_version, alone.card) == (found.settings_version, found.card)
    assert found.settings_version == found.sweep.best.result.settings_version


def test_a_label_that_no_reading_has_is_told_with_those_that_there_are(
    tapes: list[Tape], tmp_path: Path
) -> None:
    with pytest.raises(
        UserError, match=r"no point led to spoof at 1 s; readings at this horizon: \w"
    ):
        backtest(tapes, Settings(), {}, sweep(tmp_path, "spoof"), None, lambda _: None)
    # What was run is not lost.
    assert (tmp_path / POINTS_NAME).read_bytes().count(b"\n") == 2
