"""How long a task works before others get the event loop."""

from __future__ import annotations

import asyncio
import time
from typing import Final

SLICE_S: Final = 0.01
"""Longest stretch of work: every other task may have to wait for it, the one that writes the
signals of that stretch too."""


class Slices:
    """The stretches of one task, over everything that it is given: what one fetch brought may be a
    dozen runs of a few records."""

    __slots__ = ("_end_s",)

    def __init__(self) -> None:
        self._end_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the others come next."""
        return time.monotonic() >= self._end_s

    async def rest(self) -> None:
        """Let them; a new stretch begins."""
        await asyncio.sleep(0)
        self._end_s = time.monotonic() + SLICE_S
