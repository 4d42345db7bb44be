"""A sweep over processes: every point once, kept at once, the same as run alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil
import pytest

from compose.backtest.sweep.points import Axis, Point, grid, settings_key
from compose.backtest.sweep.results import PointResult, ResultFolder, SweepInputs, result_folder
from compose.backtest.sweep.sweep import sweep
from compose.backtest.sweep.worker import Job, run_point
from compose.errors import UserError
from compose.tapes.captures import tapes_of_captures
from compose.tapes.tape import Tape
from schemas.settings import Settings
from tests.support.markets.simulated_capture import simulated_capture

POINTS = grid([Axis("threshold.min_usd", (3e6, 1e8))], Settings())
MANY = grid([Axis("threshold.min_usd", tuple(1e6 * number for number in range(3, 23)))], Settings())
"""More than a process has run until somebody kills it."""


@pytest.fixture(scope="module")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> list[Tape]:
    folder = tmp_path_factory.mktemp("tapes")
    capture = simulated_capture(folder / "capture", seconds=30)
    return tapes_of_captures([capture], Settings(), None, folder, lambda _: None)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[ResultFolder]:
    with result_folder(tmp_path / "out", SweepInputs({}, "", "")) as opened:
        yield opened


def alone(tapes: list[Tape], point: Point) -> PointResult:
    engine = point.settings.engine.model_dump_json()
    job = Job(0, settings_key(point.settings), point.values, engine, point.settings.symbols)
    return run_point(tapes, job, lambda _: None)


def timeless(results: list[PointResult]) -> list[PointResult]:
    return [msgspec.structs.replace(result, seconds=0.0) for result in results]


def test_every_point_is_what_it_is_alone(tapes: list[Tape], folder: ResultFolder) -> None:
    said: list[str] = []
    found = sweep(tapes, POINTS, folder, said.append, processes=2)
    assert timeless(found) == timeless([alone(tapes, point) for point in POINTS])
    assert any(result.readings for result in found)
    assert len({str(result.signals) for result in found}) > 1
    assert said[-1] == "3 of 3 points, 100%, 0:00:00 left"


def test_what_is_finished_is_not_run_again(tapes: list[Tape], folder: ResultFolder) -> None:
    kept = msgspec.structs.replace(alone(tapes, POINTS[0]), seconds=-1.0)
    folder.add(kept)
    found = sweep(tapes, POINTS[:2], folder, lambda _: None)
    assert found[0] == kept
    assert found[1].seconds > 0
    said: list[str] = []
    assert sweep(tapes, POINTS[:2], folder, said.append) == found
    assert said == []


def test_an_interrupt_ends_the_processes_and_keeps_what_is_finished(
    tapes: list[Tape], folder: ResultFolder
) -> None:
    def interrupt(text: str) -> None:
        if text.startswith("1 of 3"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(tapes, POINTS, folder, interrupt, processes=1)
    assert len(folder.found) == 1
    assert len(sweep(tapes, POINTS, folder, lambda _: None, processes=1)) == 3


def test_a_process_that_is_killed_is_one_clear_error(
    tapes: list[Tape], folder: ResultFolder
) -> None:
    def kill(_: str) -> None:
        for child in psutil.Process().children():
            # One that was killed a moment ago is a zombie until it is joined.
            with suppress(psutil.NoSuchProcess):
                if any("spawn_main" in part for part in child.cmdline()):
                    child.kill()

    with pytest.raises(
        UserError, match=r"ended with code -9 \(out of memory\?\); the same command"
    ):
        sweep(tapes, MANY, folder, kill, processes=1)
    assert len(folder.found) < len(MANY)
    assert len(sweep(tapes, MANY, folder, lambda _: None, processes=1)) == len(MANY)


def test_a_tape_that_is_lost_meanwhile_is_one_clear_error(
    tapes: list[Tape], folder: ResultFolder, tmp_path: Path
) -> None:
    lost = [Tape("lost", tmp_path / "lost.tape", "x")]
    with pytest.raises(UserError, match=r"lost\.tape cannot be read"):
        sweep(lost, POINTS, folder, lambda _: None, processes=1)
