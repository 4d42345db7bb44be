"""Distinguishes duplicate trades from late ones. Pure.

Trade ids of a symbol increase, so the seen ids are stored as the newest id and the missing ranges
below it.
"""

from typing import Final

MAX_RANGES: Final = 100
"""Most missing ranges kept; ids of older ones count as seen."""


class TradeIds:
    """The ids of one symbol's trades."""

    __slots__ = ("_missing", "_newest", "_newest_time")

    def __init__(self) -> None:
        self._newest: int | None = None
        self._newest_time = 0
        self._missing: list[tuple[int, int]] = []

    @property
    def newest(self) -> int | None:
        """Greatest id since the venue last restarted its ids; None before the first."""
        return self._newest

    def is_new(self, trade_id: int, event_time: int) -> bool:
        """Record a trade (`event_time` in ms); False for a duplicate."""
        newest, self._newest_time = self._newest_time, max(self._newest_time, event_time)
        if self._newest is None or (trade_id <= self._newest and event_time > newest):
            # The first one, or a small id with a new time: the venue has restarted its ids.
            self._newest = trade_id
            self._missing = [(0, trade_id - 1)] if trade_id else []
            return True
        if trade_id > self._newest:
            if trade_id > self._newest + 1:
                self._missing.append((self._newest + 1, trade_id - 1))
                del self._missing[:-MAX_RANGES]
            self._newest = trade_id
            return True
        return self._fill(trade_id)

    def _fill(self, trade_id: int) -> bool:
        for place in range(len(self._missing) - 1, -1, -1):
            first, last = self._missing[place]
            if first <= trade_id <= last:
                rest = [(first, trade_id - 1), (trade_id + 1, last)]
                self._missing[place : place + 1] = [r for r in rest if r[0] <= r[1]]
                return True
        return False
