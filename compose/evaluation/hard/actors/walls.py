"""A plain wall that is meant to stand, tested by takers or not."""

from __future__ import annotations

from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from compose.evaluation.injection.episode import Move
from schemas.signals import Side

LIFE_MS = (6_000, 40_000)
DISTANCE_BPS = (0.5, 20.0)
TESTED = 0.6
FILL = (0.01, 0.55)


def wall(scene: Scene, side: Side, kind: Kind = Kind.WALL) -> Play | None:
    """Stands for 6 to 40 s; takers get up to half of it where they come."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(LIFE_MS))
    if last is None:
        return None
    tested = kind is not Kind.BESIDE_GIANT and scene.random.random() < TESTED
    if tested:
        y = scene.crossed_by(side, first, last) + scene.count((0, 2))
    else:
        y = scene.away(side, first, scene.logarithmic(DISTANCE_BPS))
    if scene.distance_bps(side, y, first) < 0.2 or not scene.covers(side, y, first):
        return None
    if not scene.is_quiet(side, y, first):
        return None
    lots = scene.large(side, y, first)
    moves = [Move(first, placed=lots)]
    if tested:
        touches = scene.calm(side, y, scene.touches(side, y, first, last - 1))
        if not touches:
            return None
        moves += scene.eaten(touches, round(lots * scene.draw(FILL)))
    elif not scene.free(side, y, first, last):
        return None
    moves.append(Move(last, pulled=lots - sum(move.traded for move in moves)))
    return Play((scene.stood(kind, side, y, moves),))
