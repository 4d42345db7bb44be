"""The beginning of many an order: it is placed, and takers may come to it before it ends."""

from __future__ import annotations

from dataclasses import dataclass

from compose.evaluation.hard.scene import Scene
from compose.evaluation.injection.episode import Move
from compose.evaluation.ranges import Range
from schemas.signals import Side


@dataclass(frozen=True, slots=True)
class Placement:
    """Where such an order stands and what takers take of it."""

    through_ticks: tuple[int, int]
    """How far the price goes through the level of a tested one."""
    distance_bps: Range
    """Of those that nobody reaches."""
    least_bps: float
    """No order is placed nearer to mid."""
    fill: Range
    """Share that takers eat of a tested one."""

    def play(
        self, scene: Scene, side: Side, first: int, last: int, *, is_tested: bool
    ) -> tuple[int, list[Move]] | None:
        """Return the level and the moves before the end of an order that stands from depth update
        `first` to `last`; None where there is no such place."""
        if is_tested:
            y = scene.crossed_by(side, first, last) + scene.count(self.through_ticks)
        else:
            y = scene.away(side, first, scene.logarithmic(self.distance_bps))
        if scene.distance_bps(side, y, first) < self.least_bps or not scene.covers(side, y, first):
            return None
        if not scene.is_quiet(side, y, first):
            return None
        lots = scene.large(side, y, first)
        moves = [Move(first, placed=lots)]
        if is_tested:
            touches = scene.calm(side, y, scene.touches(side, y, first, last - 1))
            if not touches:
                return None
            moves += scene.eaten(touches, round(lots * scene.draw(self.fill)))
        elif not scene.free(side, y, first, last):
            return None
        return y, moves
