"""A test with real servers that passes only when run again is told, and few may be."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY
from tests.support.second_run import MAX_SECOND_RUNS

TESTS = """
import pytest
from pathlib import Path

@pytest.mark.parametrize("number", range({count}))
def test_passes_the_second_time(number):
    seen = Path(__file__).with_name(f"seen-{{number}}")
    first = not seen.exists()
    seen.touch()
    assert not first, f"number {{number}} is new"

def test_is_the_same_each_time():
    assert {sound}
"""


def run(folder: Path, *, count: int, sound: bool = True) -> subprocess.CompletedProcess[str]:
    """Run tests of which so many fail the first time, in two processes as `make test` does."""
    (folder / "test_again.py").write_text(TESTS.format(count=count, sound=sound))
    command = (sys.executable, "-m", "pytest", "-p", "tests.support.second_run")
    options = ("-p", "no:cacheprovider", "--rootdir", str(folder), "-n", "2", "--reruns", "1")
    return subprocess.run(
        (*command, *options, str(folder)),
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_failure_that_goes_away_is_shown_in_full(tmp_path: Path) -> None:
    ended = run(tmp_path, count=MAX_SECOND_RUNS)
    assert ended.returncode == 0, ended.stdout
    assert f"{MAX_SECOND_RUNS + 1} passed, {MAX_SECOND_RUNS} rerun" in ended.stdout
    for number in range(MAX_SECOND_RUNS):
        assert f"AssertionError: number {number} is new" in ended.stdout


def test_more_of_them_fail_the_call(tmp_path: Path) -> None:
    ended = run(tmp_path, count=MAX_SECOND_RUNS + 1)
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED
    assert "the call fails" in ended.stdout


def test_one_that_stays_fails_the_call(tmp_path: Path) -> None:
    ended = run(tmp_path, count=0, sound=False)
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 failed" in ended.stdout
