"""Memory of processes over time."""

from collections import defaultdict
from statistics import median

import psutil

GROWTH_MB = 5.0
"""What a process may grow by after it has warmed up."""
HONEST_MALLOC = {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"}
"""Environment in which RSS tells what is in use: by default glibc keeps what it has once needed for
a large message."""
TAIL_SAMPLES = 15


class MemorySeries:
    """RSS samples, MB, by process name."""

    def __init__(self) -> None:
        self._samples: defaultdict[str, list[float]] = defaultdict(list)
        self._before: dict[str, float] = {}

    def sample(self, pids: dict[str, int]) -> None:
        """Take one sample of every process."""
        for name, pid in pids.items():
            self._samples[name].append(psutil.Process(pid).memory_info().rss / 1e6)

    def mark(self) -> None:
        """Everything from here on counts as growth."""
        self._before = self._level()

    def growth(self) -> dict[str, float]:
        """Return what every process has grown by since the mark, MB."""
        after = self._level()
        return {name: round(after[name] - level, 1) for name, level in self._before.items()}

    def newest(self) -> dict[str, float]:
        """Return the newest sample of every process, MB."""
        return {name: round(samples[-1], 1) for name, samples in self._samples.items()}

    def peaks(self) -> dict[str, float]:
        """Return the largest sample of every process, MB."""
        return {name: round(max(samples), 1) for name, samples in self._samples.items()}

    def _level(self) -> dict[str, float]:
        # The median of some: a single sample may catch a large message.
        return {name: median(samples[-TAIL_SAMPLES:]) for name, samples in self._samples.items()}
