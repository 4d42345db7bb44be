"""How often the interpreter's collector of cycles looks at what a stream of records makes."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

OLDEST: Final = 2
GENERATIONS: Final = (10_000, 20, 20)
"""Objects that have come since the last run of the collector before it looks at the young, and runs
before it looks at older ones.

Python's own (700, 10, 10) suit programs that make little. Here ten depth records are 700 objects:
those that only wait for their turn would grow old, and have all that stands looked at several times
a second.
"""


ALL_EVERY_S: Final = 3_600.0
"""Time between two looks at everything that stands."""


class OldApart:
    """Keeps what outlived a full run of the collector apart from the runs that follow, as one of
    `gc.callbacks`.

    The engines of hundreds of symbols are millions of objects that stand for as long as the service
    runs: every full run looked at all of them again, a quarter of a second with nothing found. What
    of them becomes garbage in cycles, such as the engines of a partition that another worker has
    taken over, is found by the run that looks at everything, once an hour.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._all_at_s = now_s()

    def __call__(self, phase: str, told: Mapping[str, int]) -> None:
        """Take what the interpreter tells at the start and the end of each run."""
        if told["generation"] < OLDEST:
            return
        if phase == "stop":
            gc.freeze()
        elif self._now_s() - self._all_at_s >= ALL_EVERY_S:
            self._all_at_s = self._now_s()
            gc.unfreeze()


def settle() -> None:
    """Keep what was made until now, and what will have stood for long, apart from the collector for
    the rest of the process.

    Left to the collector, modules and models alone would cost a pause of tens of milliseconds again
    and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GENERATIONS)
    gc.callbacks.append(OldApart())


@contextmanager
def for_a_stream() -> Iterator[None]:
    """Collect as suits a stream of records until the block ends: a tenth of a replay's time."""
    before = gc.get_threshold()
    gc.set_threshold(*GENERATIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
