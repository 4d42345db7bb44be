"""How long a task works before others get the event loop."""

from __future__ import annotations

import asyncio
import time


class Slices:
    """The stretches of one task, over everything that it is given: what one fetch brought may be a
    dozen runs of a few records."""

    __slots__ = ("_end_s", "_longest_s")

    def __init__(self, longest_s: float) -> None:
        """`longest_s`: every other task may have to wait for so long, the one that sends what the
        stretch led to as well."""
        self._longest_s = longest_s
        self._end_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the others come next."""
        return time.monotonic() >= self._end_s

    async def rest(self) -> None:
        """Let them; a new stretch begins."""
        await asyncio.sleep(0)
        self._end_s = time.monotonic() + self._longest_s
