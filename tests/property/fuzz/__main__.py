"""`make fuzz`: the tests of this folder in rounds of many examples, for FUZZ_MINUTES or endlessly.
A round ends with the time.

Every round draws other examples. A failure ends it and shows the smallest input that hypothesis
found; write it down as a test.
"""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.property.fuzz.time_limit import TimeLimit

LONGEST_MIN = 100_000
FOLDER = Path(__file__).parent
ROUND = (str(FOLDER), "--hypothesis-profile=fuzz", "--timeout=0", "--durations=0", "-x")


def fuzz(minutes: float) -> int:
    """Run rounds until the time is over (0: never); return the exit code of the last one."""
    limit = TimeLimit(time.monotonic() + minutes * 60 if minutes else float("inf"))
    code = 0
    while code == 0 and not limit.is_over:
        code = int(pytest.main(list(ROUND), plugins=[limit]))
    return code


def minutes_of(text: str) -> float:
    """Return the minutes that are wanted, 0 for no end. Raises ValueError, in one line."""
    try:
        minutes = float(text or 0)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes <= LONGEST_MIN:
        raise ValueError(f"FUZZ_MINUTES: {text!r} is no number from 0 (no end) to {LONGEST_MIN}")
    return minutes


if __name__ == "__main__":
    try:
        wanted = minutes_of(os.environ.get("FUZZ_MINUTES", ""))
    except ValueError as error:
        sys.exit(str(error))
    sys.exit(fuzz(wanted))
