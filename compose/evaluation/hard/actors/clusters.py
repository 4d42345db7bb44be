"""A wall laid over neighbouring ticks: pulled, standing or eaten."""

from __future__ import annotations

from compose.evaluation.hard.bands import pulled, stood
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from compose.evaluation.injection.episode import Episode, Move
from schemas.signals import Side

TICKS = (2, 5)
TICK_GAP = (1, 3)
TOGETHER = 0.8
PIECE = 0.72
"""Thresholds: all of them at least, each of them on average at most; none is large by itself."""
UNEVEN = 0.25
DISTANCE_BPS = (0.7, 20.0)
LURE_MS = (300, 8_000)
WALL_MS = (7_000, 35_000)
EATEN_MS = (2_000, 15_000)
SHARE = (0.3, 1.0)
REST_MS = (60, 1_000)


def pulled_cluster(scene: Scene, side: Side) -> Play | None:
    """Comes and goes in one update, untraded."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(LURE_MS))
    y = scene.away(side, first, scene.logarithmic(DISTANCE_BPS))
    if last is None or scene.life_ms(first, last) < 260:
        return None
    legs = _untraded(scene, side, y, first, last, Kind.CLUSTER_PULLED)
    if legs is None:
        return None
    life_ms, came = scene.life_ms(first, last), scene.came(side, y, first, last)
    reading = pulled(side, life_ms, 0.0, came, scene.distance_bps(side, y, first))
    return Play((scene.story(Kind.CLUSTER_PULLED, side, legs, reading),))


def standing_cluster(scene: Scene, side: Side) -> Play | None:
    """Stands untraded for long."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(WALL_MS))
    y = scene.away(side, first, scene.logarithmic(DISTANCE_BPS))
    if last is None or scene.came(side, y, first, last) >= 0.4:
        return None
    legs = _untraded(scene, side, y, first, last, Kind.CLUSTER_STANDS)
    if legs is None:
        return None
    reading = stood(side, scene.life_ms(first, last), 0.0)
    return Play((scene.story(Kind.CLUSTER_STANDS, side, legs, reading),))


def eaten_cluster(scene: Scene, side: Side) -> Play | None:
    """Takers eat it from its inner tick on; what they leave is pulled."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(EATEN_MS))
    if last is None:
        return None
    y = scene.crossed_by(side, first, last) + scene.count((0, 1))
    levels = _levels(scene, side, y, first)
    if levels is None or not scene.covers(side, levels[-1][0], first):
        return None
    legs: list[Episode] = []
    free, left, taken = first + 1, round(sum(s for _, s in levels) * scene.draw(SHARE)), 0
    for level, lots in levels:
        moves, eat = [Move(first, placed=lots)], min(lots, left)
        touches = scene.calm(side, level, scene.touches(side, level, first, last - 1))
        late = [k for k in touches if k > free]
        if eat and late:
            bites = scene.eaten(late, eat)
            moves += bites
            free, left, taken = bites[-1].update, left - eat, taken + eat
        else:
            left = 0
        rest = lots - sum(move.traded for move in moves)
        if rest:
            moves.append(Move(last, pulled=rest))
        legs.append(scene.leg(Kind.CLUSTER_EATEN, side, level, moves, is_pulled=rest > 0))
    if not taken:
        return None
    fill = taken / sum(lots for _, lots in levels)
    came = scene.came(side, y, first, last)
    bps = scene.distance_bps(side, y, first)
    reading = pulled(side, scene.life_ms(first, last), fill, came, bps)
    return Play((scene.story(Kind.CLUSTER_EATEN, side, legs, reading),))


def _untraded(
    scene: Scene, side: Side, y: int, first: int, last: int, kind: Kind
) -> list[Episode] | None:
    levels = _levels(scene, side, y, first)
    if levels is None or not all(scene.free(side, level, first, last) for level, _ in levels):
        return None
    return [
        scene.leg(kind, side, level, scene.untraded(lots, first, last)) for level, lots in levels
    ]


def _levels(scene: Scene, side: Side, y: int, first: int) -> list[tuple[int, int]] | None:
    """Return 2 to 5 levels from `y` on and their lots."""
    count = scene.count(TICKS)
    if scene.distance_bps(side, y, first) < 0.2:
        return None
    most = min(3.0, PIECE * count)
    total = scene.logarithmic((TOGETHER, most)) * scene.threshold(side, y, first)
    weights = [scene.draw((1 - UNEVEN, 1 + UNEVEN)) for _ in range(count)]
    levels, level = [], y
    for weight in weights:
        if not scene.is_quiet(side, level, first):
            return None
        usd = total * weight / sum(weights)
        levels.append((level, scene.path.grid.lots_worth(usd, abs(level))))
        level += scene.count(TICK_GAP)
    return levels
