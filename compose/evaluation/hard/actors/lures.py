"""An order that is shown and pulled: untraded or partly filled, at once or in steps."""

from __future__ import annotations

from compose.evaluation.actors.parts import counter_flow, parts
from compose.evaluation.hard.actors.placement import Placement
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from compose.evaluation.injection.episode import Move
from schemas.signals import Side

LIFE_MS = (300, 12_000)
PLACE = Placement(through_ticks=(0, 1), distance_bps=(0.7, 24.0), least_bps=0.1, fill=(0.01, 0.6))
TOUCHED = 0.35
STEPS = 0.3
"""Chance that it is pulled in steps."""
STEPS_MS = 450
APPROACHED_MS = (3_000, 14_000)
PASSED = (0.3, 0.97)
"""Share of its distance that the price has come."""


def lure(scene: Scene, side: Side, kind: Kind = Kind.LURE) -> Play | None:
    """Lives 0.3 to 12 s; takers may get a part before it is gone."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(LIFE_MS))
    if last is None or scene.life_ms(first, last) < 260:
        return None
    touched = scene.random.random() < TOUCHED
    begun = PLACE.play(scene, side, first, last, is_tested=touched)
    if begun is None:
        return None
    y, moves = begun
    moves += withdrawn(scene, moves, last)
    story = scene.pulled(kind, side, y, moves)
    return Play((story,), counter_flow(scene, side, last) if story.is_lure else ())


def beside_giant(scene: Scene, side: Side) -> Play | None:
    """The same while a giant is parked far away."""
    return lure(scene, side, Kind.BESIDE_GIANT) if scene.giant else None


def approached(scene: Scene, side: Side) -> Play | None:
    """Goes when the price comes: more or less of its distance is left."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(APPROACHED_MS))
    if last is None:
        return None
    start, end = scene.mid(side, first), scene.mid(side, last)
    if end <= start:
        return None
    y = round(start + (end - start) / scene.draw(PASSED))
    if not 0.7 <= scene.distance_bps(side, y, first) <= 20 or not scene.free(side, y, first, last):
        return None
    moves = scene.untraded(scene.large(side, y, first), first, last)
    story = scene.pulled(Kind.APPROACHED, side, y, moves)
    return Play((story,), counter_flow(scene, side, last) if story.is_lure else ())


def withdrawn(scene: Scene, moves: list[Move], last: int) -> list[Move]:
    """Return the pull of all that is left by an update: at once, or in steps."""
    left = moves[0].placed - sum(move.traded for move in moves)
    begin = scene.path.at(scene.time(last) - STEPS_MS)
    between = range(max(begin, moves[-1].update + 1), last)
    if scene.random.random() >= STEPS or not between or left < 4:
        return [Move(last, pulled=left)]
    updates = sorted(scene.random.sample(between, min(len(between), scene.count((1, 3)))))
    updates.append(last)
    sizes = parts(scene, left, len(updates))
    return [Move(k, pulled=size) for k, size in zip(updates, sizes, strict=True)]
