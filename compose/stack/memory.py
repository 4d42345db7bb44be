"""Resident memory of the stack's processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import psutil

SAMPLE_S = 1.0
TOTAL = "total"


class MemoryWatch:
    """Samples the resident memory of named processes; keeps the newest figure and the peak."""

    def __init__(self, pids: Callable[[], Mapping[str, int | None]]) -> None:
        self._pids = pids
        self._last_mb: dict[str, float] = {}
        self._peak_mb: dict[str, float] = {}

    async def run(self) -> None:
        """Sample once a second until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(SAMPLE_S)

    def sample(self) -> None:
        """Take one sample; a process that is gone keeps its last figure out of the total."""
        now = {}
        for name, pid in self._pids().items():
            if pid is None:
                continue
            try:
                now[name] = psutil.Process(pid).memory_info().rss / 1e6
            except psutil.NoSuchProcess:
                continue
        now[TOTAL] = sum(now.values())
        self._last_mb.update(now)
        for name, value in now.items():
            self._peak_mb[name] = max(value, self._peak_mb.get(name, 0.0))

    def report(self) -> dict[str, dict[str, float]]:
        """Return {process: {"last": MB, "peak": MB}}, with the peak of the sum as `total`."""
        return {
            name: {"last": round(self._last_mb[name], 1), "peak": round(peak, 1)}
            for name, peak in self._peak_mb.items()
        }
