"""A service in a process of its own."""

import subprocess
import sys

from compose.collector import GENERATIONS

SERVICE = """
import asyncio, gc
from compose.service import run_service

async def body(stop, ready):
    kept = [[] for _ in range(10_000)]
    ready({"url": "here"})
    looked_at, runs = len(gc.get_objects()), []
    gc.callbacks.append(lambda phase, told: runs.append((phase, told["generation"])))
    records = [[] for _ in range(100_000)]
    return {"frozen": gc.get_freeze_count(), "looked_at": looked_at, "kept": len(kept),
            "young_runs": runs.count(("stop", 0)), "full_runs": runs.count(("stop", 2))}

run_service(body, ())
"""


def test_what_a_service_has_made_when_it_is_ready_is_not_looked_at_by_the_collector_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVICE], capture_output=True, text=True, check=True, timeout=60
    )
    ready, report = map(str.strip, done.stdout.splitlines())
    assert ready == '{"ready": true, "url": "here"}'
    figures = dict(pair.split(": ") for pair in report.strip("{}").replace('"', "").split(", "))
    assert int(figures["frozen"]) > 10_000 > int(figures["looked_at"])
    assert 0 < int(figures["young_runs"]) <= 100_000 // GENERATIONS[0]
    assert figures["full_runs"] == "0"
