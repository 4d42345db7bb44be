"""Depth records that wait until all trades before them are known. Pure."""

from collections import deque
from typing import Final

DEPTH_WAIT_MS: Final = 150
"""How long the oldest one waits, once its trades are known, for others to go with it: a watermark
costs as much as what waits for it, and frames come 100 to 500 ms apart."""
MOST: Final = 256
"""So many are remembered: where no watermark moves for long, the oldest of these is due as well."""


class WaitingDepth:
    """The event times (ms) of one symbol's depth records, oldest first."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: deque[int] = deque(maxlen=MOST)

    def add(self, event_time: int, promise: int) -> None:
        """Take note of a record; what lies up to `promise`, the watermark so far, goes on."""
        self._release(promise)
        self._times.append(event_time)

    def is_due(self, promise: int, safe_time: int) -> bool:
        """Tell whether the watermark should move from `promise` to `safe_time`, ms."""
        self._release(promise)
        return bool(self._times) and safe_time - self._times[0] >= DEPTH_WAIT_MS

    def _release(self, promise: int) -> None:
        times = self._times
        while times and times[0] <= promise:
            times.popleft()
