"""What the collector of a process leaves alone, and what it still finds."""

import json
import subprocess
import sys

GARBAGE_AMONG_WHAT_IS_KEPT = """
import asyncio, gc, json, weakref
from compose.collector import keep_what_lives, keep_what_stands

class Node:
    pass

async def main():
    keep_what_stands()
    at_first = gc.get_freeze_count()
    kept = [[] for _ in range(5_000)]
    one, other = Node(), Node()
    one.other, other.one = other, one
    gone = weakref.ref(one)
    keeping = asyncio.create_task(keep_what_lives(0.05, looks_between=2))
    while gc.get_freeze_count() < at_first + 5_000:
        await asyncio.sleep(0.01)
    del one, other
    gc.collect()
    missed = gone() is not None
    async with asyncio.timeout(30):
        while gone() is not None:
            await asyncio.sleep(0.01)
    keeping.cancel()
    print(json.dumps({"missed_while_kept": missed, "kept": len(kept)}))

asyncio.run(main())
"""


def test_garbage_in_a_cycle_among_what_is_kept_is_found_later() -> None:
    said = subprocess.run(
        [sys.executable, "-c", GARBAGE_AMONG_WHAT_IS_KEPT],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert json.loads(said) == {"missed_while_kept": True, "kept": 5_000}
