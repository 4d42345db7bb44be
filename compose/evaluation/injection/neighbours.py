"""Whether two large orders of one run leave each other what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from compose.evaluation.injection.episode import Episode
from compose.evaluation.injection.path import MarketPath, sign_of
from schemas.signals import Side

PRICE_GAP_MS: Final = 3_000
"""Between two orders on one level: longer than an eaten order is waited for."""
PATTERN_MS: Final = 61_000
PATTERN_SHARE: Final = 26e-4
"""Lures pulled so near in time and in price, as a share of it, are taken for a pattern."""
TAKERS_GAP_MS: Final = 200
"""Between two orders of which one is in the way of the other's takers."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Compares episodes on one path of the market."""

    path: MarketPath

    def time(self, update: int) -> int:
        """Return the time of a depth update, ms."""
        return int(self.path.times[update])

    def overlap(self, one: Episode, two: Episode, gap_ms: int) -> bool:
        """Whether both stand at some moment, or one less than `gap_ms` after the other."""
        return (
            self.time(one.first) <= self.time(two.last) + gap_ms
            and self.time(two.first) <= self.time(one.last) + gap_ms
        )

    def apart(self, mine: Episode, other: Episode) -> bool:
        """Neither on the same level, nor in the way of takers, nor across."""
        if mine.side is not other.side:
            ask, bid = (mine, other) if mine.side is Side.ASK else (other, mine)
            return ask.tick > bid.tick or not self.overlap(mine, other, TAKERS_GAP_MS)
        if mine.tick == other.tick and self.overlap(mine, other, PRICE_GAP_MS):
            return False
        sign = sign_of(mine.side)
        inner, outer = (mine, other) if mine.tick * sign < other.tick * sign else (other, mine)
        return not (outer.fills and self.overlap(inner, outer, TAKERS_GAP_MS))
