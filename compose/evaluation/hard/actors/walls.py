"""A plain wall that is meant to stand, tested by takers or not."""

from __future__ import annotations

from compose.evaluation.hard.actors.placement import Placement
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from compose.evaluation.injection.episode import Move
from schemas.signals import Side

LIFE_MS = (6_000, 40_000)
PLACE = Placement(through_ticks=(0, 2), distance_bps=(0.5, 20.0), least_bps=0.2, fill=(0.01, 0.55))
TESTED = 0.6


def wall(scene: Scene, side: Side, kind: Kind = Kind.WALL) -> Play | None:
    """Stands for 6 to 40 s; takers get up to half of it where they come."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(LIFE_MS))
    if last is None:
        return None
    tested = kind is not Kind.BESIDE_GIANT and scene.random.random() < TESTED
    begun = PLACE.play(scene, side, first, last, is_tested=tested)
    if begun is None:
        return None
    y, moves = begun
    left = moves[0].placed - sum(move.traded for move in moves)
    moves.append(Move(last, pulled=left))
    return Play((scene.stood(kind, side, y, moves),))
