"""What faults leave behind in the memory of ingest and exchange, as processes of their own."""

import asyncio
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pytest

from compose.stack.service_child import ServiceChild
from tests.soak.memory import HONEST_MALLOC
from tests.soak.stack import stack
from tests.support.ingesting.faults import HIT, OTHER, Rig

LIMIT_MB = 2.0
WITHIN_S = 40.0
SAMPLES = 10
SAMPLE_S = 0.1

ROUND: tuple[dict[str, Any], ...] = (
    {"kind": "big_message"},
    {"kind": "big_message", "shape": "levels"},
    {"kind": "big_message", "shape": "garbage"},
    {"kind": "burst", "duration_s": 1.0},
    {"kind": "slow_snapshot", "delay_s": 1.0},
    {"kind": "drop", "after_frames": 5},
    {"kind": "cut", "after_s": 1.0, "route": "public"},
)
"""Large frames, buffers that fill, sockets that go."""
WARM_ROUNDS = 3
ROUNDS = 4
"""What a single round leaves in the allocator's gaps the next ones fill; a leak only grows."""


async def hit(rig: Rig) -> None:
    """Let a round of faults strike and both books come back."""
    targeted = [fault | {"symbol": HIT} for fault in ROUND]
    await rig.inject(*targeted, time_scale=1.0)
    await rig.faults_over(WITHIN_S)
    for symbol in (HIT, OTHER):
        await rig.same_book(symbol, WITHIN_S)


async def level_mb(child: ServiceChild) -> float:
    """Return the median of some samples: one alone may catch a frame in the making."""
    process = psutil.Process(child.pid)
    samples = []
    for _ in range(SAMPLES):
        samples.append(process.memory_info().rss / 1e6)
        await asyncio.sleep(SAMPLE_S)
    return median(samples)


@pytest.mark.timeout(180)
async def test_memory_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in HONEST_MALLOC.items():
        monkeypatch.setenv(name, value)
    async with stack(tmp_path, seed=1) as ((rig,), children):
        await rig.settled()
        # The first time buffers grow to the size that they keep.
        for _ in range(WARM_ROUNDS):
            await hit(rig)
        before = {name: await level_mb(child) for name, child in children.items()}
        grown = before
        for _ in range(ROUNDS):
            await hit(rig)
            after = {name: await level_mb(child) for name, child in children.items()}
            grown = {name: round(after[name] - before[name], 1) for name in before}
            if max(grown.values()) <= LIMIT_MB:
                break
    assert {name: mb for name, mb in grown.items() if mb > LIMIT_MB} == {}
