"""CPU and memory of named processes over a stretch of time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Use:
    """What one process took."""

    cpu_pct: float
    """Of one core."""
    pss_mb: float
    """Memory with shared pages divided among those who share them."""


class Meter:
    """Measures from its making to `read`."""

    def __init__(self, pids: Mapping[str, int | None]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items() if pid}
        self._before = {name: _cpu_s(process) for name, process in self._processes.items()}
        self._began_s = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has measured."""
        return time.monotonic() - self._began_s

    def read(self) -> dict[str, Use]:
        """Return what each process took since the start."""
        seconds = self.seconds
        return {
            name: Use(
                round(100 * (_cpu_s(process) - self._before[name]) / seconds, 1),
                round(process.memory_full_info().pss / 1e6, 1),
            )
            for name, process in self._processes.items()
        }


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
