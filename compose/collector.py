"""When the garbage collector of a service looks at what."""

from __future__ import annotations

import asyncio
import gc
from typing import Final

GENERATIONS: Final = (10_000, 20, 20)
"""Objects that have come since the last run of the collector before it looks at the young, and runs
before it looks at older ones.

Python's own (700, 10, 10) suit programs that make little. Here ten depth records are 700 objects:
those that only wait for their turn would grow old, and have all that stands looked at several times
a second.
"""
KEPT_S: Final = 30.0
"""After so long, what still lives is taken for what a service keeps: books, orders, windows."""
LOOKS_BETWEEN: Final = 20
"""So many times what lives is kept, then the collector looks at everything once."""


def keep_what_stands() -> None:
    """Look at everything once, then no more at what lives now. A service calls it when it is ready.

    Left to the collector, modules and models alone would cost a pause of tens of milliseconds
    again and again.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GENERATIONS)


async def keep_what_lives(kept_s: float = KEPT_S, looks_between: int = LOOKS_BETWEEN) -> None:
    """Go on so until cancelled.

    The states of 600 symbols cost a look of a quarter of a second, and the library takes one each
    time that a quarter more has come. Most of it goes by reference counts; what is garbage in a
    cycle among what is kept waits for the look at everything.
    """
    while True:
        for _ in range(looks_between):
            await asyncio.sleep(kept_s)
            gc.freeze()
        keep_what_stands()
