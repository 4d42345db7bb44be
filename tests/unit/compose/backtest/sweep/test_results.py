"""The result folder keeps what is finished and refuses what does not belong together."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from compose.backtest.readings import GradedReadings
from compose.backtest.sweep.results import POINTS_NAME, PointResult, SweepInputs, result_folder
from compose.errors import UserError

INPUTS = SweepInputs({"f00": "a.gz"}, "settings", "code")
GROUP = GradedReadings("alert", "trap", "v:S", 1_000, [1, 2], [0.5, -0.25], [0.1, 0.1])


def result(key: str) -> PointResult:
    return PointResult(key, {"threshold.multiple": 3}, key, 1.5, {"signals.book": 4}, [GROUP])


def test_what_was_added_is_found_again(tmp_path: Path) -> None:
    with result_folder(tmp_path / "out", INPUTS) as folder:
        folder.add(result("one"))
        folder.add(result("two"))
    with result_folder(tmp_path / "out", INPUTS) as folder:
        assert folder.found == {"one": result("one"), "two": result("two")}


def test_a_line_that_was_interrupted_is_dropped(tmp_path: Path) -> None:
    with result_folder(tmp_path, INPUTS) as folder:
        folder.add(result("one"))
    path = tmp_path / POINTS_NAME
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    with result_folder(tmp_path, INPUTS) as folder:
        assert list(folder.found) == ["one"]
        folder.add(result("two"))
    with result_folder(tmp_path, INPUTS) as folder:
        assert list(folder.found) == ["one", "two"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tapes": {"f01": "b.gz"}}, "holds points of other inputs"),
        ({"settings": "x"}, "holds points of other settings"),
        ({"code": "x"}, "holds points of another version of the engine"),
    ],
)
def test_other_inputs_are_refused_in_one_line(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with result_folder(tmp_path, INPUTS):
        pass
    others = msgspec.structs.replace(INPUTS, **change)
    with pytest.raises(UserError, match=message) as raised, result_folder(tmp_path, others):
        pass
    assert "\n" not in str(raised.value)


def test_a_folder_belongs_to_one_backtest_at_a_time(tmp_path: Path) -> None:
    with (
        result_folder(tmp_path, INPUTS),
        pytest.raises(UserError, match="in use by another backtest"),
        result_folder(tmp_path, INPUTS),
    ):
        pass


def test_a_line_that_is_no_point_is_named(tmp_path: Path) -> None:
    with result_folder(tmp_path, INPUTS) as folder:
        folder.add(result("one"))
    with (tmp_path / POINTS_NAME).open("a") as file:
        file.write('{"key": 3}\n')
    with (
        pytest.raises(UserError, match=r"points\.jsonl: line 2 is no finished point"),
        result_folder(tmp_path, INPUTS),
    ):
        pass
