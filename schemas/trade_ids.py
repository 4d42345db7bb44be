"""Distinguishes duplicate trades from late ones. Pure.

Trade ids of a symbol increase, so the seen ids are stored as the newest id and the missing ranges
below it.
"""

from dataclasses import dataclass, field
from typing import Final

MAX_RANGES: Final = 100
"""Most missing ranges kept; ids of older ones count as seen."""


@dataclass(slots=True)
class TradeIds:
    """The ids of one symbol's trades."""

    newest: int | None = None
    """Greatest id since the venue last restarted its ids; None before the first."""
    newest_time: int = 0
    """Newest event time of a trade, ms."""
    missing: list[tuple[int, int]] = field(default_factory=list)
    """Ranges of ids below the newest that were not seen, both ends included."""

    def is_new(self, trade_id: int, event_time: int) -> bool:
        """Record a trade (`event_time` in ms); False for a duplicate."""
        newest = self.newest_time
        if event_time > newest:
            self.newest_time = event_time
        if self.newest is not None and trade_id == self.newest + 1:
            self.newest = trade_id
            return True
        if self.newest is None or (trade_id <= self.newest and event_time > newest):
            # The first one, or a small id with a new time: the venue has restarted its ids.
            self.newest = trade_id
            self.missing = [(0, trade_id - 1)] if trade_id else []
            return True
        if trade_id > self.newest:
            if trade_id > self.newest + 1:
                self.missing.append((self.newest + 1, trade_id - 1))
                del self.missing[:-MAX_RANGES]
            self.newest = trade_id
            return True
        return self._fill(trade_id)

    def _fill(self, trade_id: int) -> bool:
        for place in range(len(self.missing) - 1, -1, -1):
            first, last = self.missing[place]
            if first <= trade_id <= last:
                rest = [(first, trade_id - 1), (trade_id + 1, last)]
                self.missing[place : place + 1] = [r for r in rest if r[0] <= r[1]]
                return True
        return False
