"""`make fuzz` ends in time, also within a test, and tells what was found before."""

import subprocess
import sys
import time
from pathlib import Path

from tests.support.paths import REPOSITORY

LIMIT_S = 2.0
EXAMPLE_S = 0.01
EXAMPLES = 100_000
"""Of each test; all would take longer than the timeout of a test."""
LONGEST_S = 60.0
"""With the start of two interpreters on a busy machine."""
PROPERTIES = f"""
import time
from hypothesis import given, settings, strategies as st

@settings(max_examples={EXAMPLES}, database=None)
@given(data=st.data())
def test_first(data):
    numbers = [data.draw(st.integers()) for _ in range(data.draw(st.integers(0, 20)))]
    time.sleep({EXAMPLE_S})
    assert SOUND or all(number < 1_000 for number in numbers)

@settings(max_examples={EXAMPLES}, database=None)
@given(st.integers())
def test_second(number):
    time.sleep({EXAMPLE_S})
"""
RUN = f"""
import sys, time
import pytest
from tests.property.fuzz.time_limit import TimeLimit
limit = TimeLimit(time.monotonic() + {LIMIT_S})
sys.exit(pytest.main(["-q", "-x", "-rs", "-p", "no:cacheprovider", sys.argv[1]], plugins=[limit]))
"""


def run(folder: Path, *, sound: bool) -> tuple[int, str, float]:
    """Return exit code, output and time (s) of a round that would take half an hour."""
    path = folder / "test_slow.py"
    path.write_text(f"SOUND = {sound}\n{PROPERTIES}", encoding="utf-8")
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path)],
        check=False, capture_output=True, text=True, cwd=REPOSITORY, timeout=250,
    )  # fmt: skip
    return done.returncode, done.stdout, time.monotonic() - began_s


def test_a_round_ends_within_a_test(tmp_path: Path) -> None:
    code, said, took_s = run(tmp_path, sound=True)
    assert (code, "2 skipped" in said) == (0, True), said
    assert LIMIT_S < took_s < LONGEST_S


def test_what_was_found_is_made_small_and_told_past_the_end(tmp_path: Path) -> None:
    code, said, _ = run(tmp_path, sound=False)
    assert code == 1
    assert "1000" in said.replace("_", ""), said
