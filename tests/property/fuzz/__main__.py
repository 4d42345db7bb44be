"""`make fuzz`: the tests of this folder in rounds of many examples, for FUZZ_MINUTES or endlessly.

Every round draws other examples. A failure ends it and shows the smallest input that hypothesis
found; write it down as a test.
"""

import os
import sys
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROUND = (str(FOLDER), "--hypothesis-profile=fuzz", "--timeout=0", "--durations=0", "-x")


def fuzz(minutes: float) -> int:
    """Run rounds until the time is over (0: never); return the exit code of the last one."""
    end = time.monotonic() + minutes * 60 if minutes else float("inf")
    code = 0
    while code == 0 and time.monotonic() < end:
        code = int(pytest.main(list(ROUND)))
    return code


if __name__ == "__main__":
    sys.exit(fuzz(float(os.environ.get("FUZZ_MINUTES") or 0)))
