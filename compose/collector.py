"""How often the interpreter's collector of cycles looks at what a stream of records makes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

GENERATIONS: Final = (10_000, 20, 20)
"""Objects that have come since the last run of the collector before it looks at the young, and runs
before it looks at older ones.

Python's own (700, 10, 10) suit programs that make little. Here ten depth records are 700 objects:
those that only wait for their turn would grow old, and have all that stands looked at several times
a second.
"""


def settle() -> None:
    """Keep what was made until now, for the rest of the process.

    Left to the collector, modules and models alone would cost a pause of tens of milliseconds again
    and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GENERATIONS)


@contextmanager
def for_a_stream() -> Iterator[None]:
    """Collect as suits a stream of records until the block ends: a tenth of a replay's time."""
    before = gc.get_threshold()
    gc.set_threshold(*GENERATIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
