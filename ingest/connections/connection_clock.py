"""What the frames of one connection prove about all of its streams. Pure.

A venue sends what happened at one time at about one time, whichever stream it belongs to. So frames
that state a time tell of every stream on their connection, also of those that say nothing: what is
older by a margin has arrived. The margin is learned: how far trades came behind the time that the
connection had reached before. A time counts once two symbols have reached it, so that a single
wrong one moves nobody but its own symbol.
"""

from collections import deque
from typing import Final

SLOT_MS: Final = 30_000
SLOTS: Final = 20
"""The margin is that of the last ten minutes."""
LEARNED_TRADES: Final = 500
"""Before so many trades were seen, the margin is the greatest."""
SAFETY: Final = 1.5
"""The margin is this many times the greatest delay seen."""
LEAST_MARGIN_MS: Final = 150
STEP_MS: Final = 50
"""How far the time moves before it is worth telling."""


class ConnectionClock:
    """The venue's time on one connection, and up to where its streams are complete."""

    def __init__(self, most_margin_ms: int) -> None:
        """`most_margin_ms`: the margin until it is learned, and its upper bound."""
        self._most_margin_ms = most_margin_ms
        self._newest = 0
        """Newest time that two symbols have reached."""
        self._ahead = ("", 0)
        """The symbol that is ahead of it, and how far it got."""
        self._told = 0
        self._trades = 0
        self._slot_until = 0
        self._slot_ms = 0
        self._slots_ms: deque[int] = deque(maxlen=SLOTS)

    @property
    def is_known(self) -> bool:
        """Whether two symbols have told the time since the connection was opened."""
        return self._newest > 0

    @property
    def margin_ms(self) -> int:
        """How far behind the newest time everything is taken to have arrived."""
        if self._trades < LEARNED_TRADES:
            return self._most_margin_ms
        delay_ms = max(self._slot_ms, *self._slots_ms, 0)
        return min(self._most_margin_ms, max(LEAST_MARGIN_MS, int(SAFETY * delay_ms)))

    def traded(self, event_time: int) -> None:
        """Take note of a trade (ms), before its frame moves the time."""
        if self._newest:
            self._trades += 1
            self._slot_ms = max(self._slot_ms, self._newest - event_time)

    def reached(self, symbol: str, time: int) -> int | None:
        """Take note of a time (ms) that a frame of a symbol states; return up to when everything
        has arrived, ms, if that moved far enough to be told."""
        first, ahead = self._ahead
        if symbol == first or not first:
            self._ahead = symbol, max(ahead, time)
            return None
        if time <= self._newest:
            return None
        self._newest = min(time, ahead)
        if time > ahead:
            self._ahead = symbol, time
        if self._newest >= self._slot_until:
            self._slots_ms.append(self._slot_ms)
            self._slot_ms, self._slot_until = 0, self._newest + SLOT_MS
        safe_time = self._newest - self.margin_ms
        if safe_time - self._told < STEP_MS:
            return None
        self._told = safe_time
        return safe_time

    def broken(self) -> None:
        """The connection ended: the next one says anew what time it is."""
        self._newest = self._told = 0
        self._ahead = ("", 0)
