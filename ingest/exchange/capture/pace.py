"""When the lines of a capture are played."""

import asyncio
import time
from typing import Final, Literal

BREATH_LINES: Final = 256
"""At full speed, lines played before yielding to the event loop."""
SHORTEST_SLEEP_S: Final = 0.001


class Pace:
    """Keeps the intervals between receive times, divided by the speed."""

    def __init__(self, speed: float | Literal["max"]) -> None:
        self._speed = speed
        self._base_s = 0.0
        self._base_ns = 0
        self._lines = 0

    def restart(self, received_ns: int) -> None:
        """Restart the clock: the line with this receive time is due now."""
        self._base_s = time.monotonic()
        self._base_ns = received_ns

    async def wait(self, received_ns: int) -> None:
        """Wait until the line with this receive time is due."""
        self._lines += 1
        if self._speed != "max":
            due_s = self._base_s + (received_ns - self._base_ns) / 1e9 / self._speed
            ahead_s = due_s - time.monotonic()
            if ahead_s > SHORTEST_SLEEP_S:
                await asyncio.sleep(ahead_s)
                return
        if self._lines % BREATH_LINES == 1:
            await asyncio.sleep(0)
