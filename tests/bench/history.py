"""What the benchmarks measured, a JSON line a run; those of `make bench` have the yardstick of the
machine."""

import json
import platform
import subprocess
import time
from collections.abc import Mapping
from typing import Final

from tests.bench.engine_cost import EngineCost
from tests.support.paths import REPOSITORY

FILE: Final = REPOSITORY / "tests" / "bench" / "history.ndjson"


def append(cost: EngineCost) -> None:
    """Add a line: costs in microseconds per depth event, and their ratios to the yardstick."""
    figures = {
        "yardstick_us": round(cost.yardstick_us, 2),
        "depth_us": round(cost.depth_us, 2),
        "everything_us": round(cost.everything_us, 2),
        "depth_ratio": round(cost.depth_us / cost.yardstick_us, 3),
        "everything_ratio": round(cost.everything_us / cost.yardstick_us, 3),
    }
    add(figures)


def add(figures: Mapping[str, object]) -> None:
    """Add a line: when, of which revision, on which Python, and the figures."""
    line = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "revision": _revision(),
        "python": platform.python_version(),
        **figures,
    }
    with FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _revision() -> str | None:
    """Return the short commit that was measured, with + where files differ; None outside git."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or None
