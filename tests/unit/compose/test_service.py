"""A service in a process of its own."""

import subprocess
import sys

SERVICE = """
import asyncio, gc
from compose.service import run_service

async def body(stop, ready):
    kept = [[] for _ in range(10_000)]
    ready({"url": "here"})
    return {"frozen": gc.get_freeze_count(), "looked_at": len(gc.get_objects()), "kept": len(kept)}

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
