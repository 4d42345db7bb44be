"""A wall that takers eat: in some large bites, or in many small fills."""

from __future__ import annotations

from compose.evaluation.actors.parts import parts
from compose.evaluation.hard.bands import pulled
from compose.evaluation.hard.scene import Scene, fill_of
from compose.evaluation.hard.story import Kind, Play
from compose.evaluation.injection.episode import Move
from schemas.signals import Side

WAIT_MS = (400, 15_000)
WHOLE = 0.5
"""Chance that it is eaten to the end."""
SHARE = (0.1, 0.95)
REST_MS = (60, 1_500)
SMALL_FILLS = (12, 60)
SMALL_MS = 25_000


def eaten_wall(scene: Scene, side: Side) -> Play | None:
    """Takers eat it within seconds, whole or in part; what is left is pulled."""
    wait = scene.logarithmic(WAIT_MS)
    return _swept(scene, side, Kind.EATEN, wait, scene.ranges.sweep_ms)


def small_fills(scene: Scene, side: Side) -> Play | None:
    """Takers nibble at it for long."""
    return _swept(scene, side, Kind.SMALL_FILLS, scene.draw((400, 2_000)), SMALL_MS)


def _swept(scene: Scene, side: Side, kind: Kind, wait: float, within_ms: float) -> Play | None:
    first = scene.some_update()
    last = scene.after(first, wait + within_ms)
    if last is None:
        return None
    y = scene.crossed_by(side, first, last) + scene.count((0, 2))
    touches = scene.calm(side, y, scene.touches(side, y, first, last - 2))
    late = [k for k in touches if scene.time(k) >= scene.time(first) + wait / 2]
    if len(late) < 2 or scene.distance_bps(side, y, first) < 0.2:
        return None
    if not (scene.covers(side, y, first) and scene.is_quiet(side, y, first)):
        return None
    share = 1.0 if scene.random.random() < WHOLE else scene.draw(SHARE)
    lots = scene.large(side, y, first)
    total = round(lots * share)
    if kind is Kind.SMALL_FILLS:
        count = min(len(late), total, scene.count(SMALL_FILLS))
        if count < SMALL_FILLS[0]:
            return None
        chosen = sorted(scene.random.sample(late, count))
        sizes = parts(scene, total, count)
        bites = [Move(k, traded=size) for k, size in zip(chosen, sizes, strict=True)]
    else:
        bites = scene.eaten(late, total)
    moves = [Move(first, placed=lots), *bites]
    left = lots - sum(move.traded for move in moves)
    if left:
        rest = scene.after(moves[-1].update, scene.draw(REST_MS))
        if rest is None or rest > last:
            return None
        moves.append(Move(rest, pulled=left))
    end = moves[-1].update
    reading = pulled(
        side,
        scene.life_ms(first, end),
        fill_of(moves),
        scene.came(side, y, first, end),
        scene.distance_bps(side, y, first),
    )
    leg = scene.leg(kind, side, y, moves, is_pulled=left > 0)
    return Play((scene.story(kind, side, [leg], reading),))
