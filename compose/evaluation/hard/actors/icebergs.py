"""A wall with more behind it: refilled within the frame or in sight, pulled or gone at last."""

from __future__ import annotations

from compose.evaluation.actors.parts import parts
from compose.evaluation.hard.bands import ABSORBED, DEFENDED, SWEPT, Reading, stood
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from compose.evaluation.injection.episode import Move
from schemas.signals import Side

LIFE_MS = (1_500, 20_000)
BEHIND = (0.25, 3.0)
"""What takers get of it, in sizes of what it shows."""
BITES = (1, 12)
REFILLS = (1, 4)
REFILL_MS = (60, 650)
LEFT = (0.05, 0.45)
"""Share that is still shown when the refill in sight comes."""
GONE = 0.4
"""Chance that the last tip is eaten, too."""


def iceberg(scene: Scene, side: Side) -> Play | None:
    """Every fill is made good within the same depth update; the rest is pulled at last."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(LIFE_MS))
    if last is None:
        return None
    y = scene.crossed_by(side, first, last) + scene.count((0, 1))
    touches = scene.calm(side, y, scene.touches(side, y, first, last - 1), still=True)
    if not touches or not _fits(scene, side, y, first):
        return None
    lots = scene.large(side, y, first)
    behind = max(1, round(lots * scene.logarithmic(BEHIND)))
    chosen = sorted(scene.random.sample(touches, min(len(touches), scene.count(BITES), behind)))
    moves = [Move(first, placed=lots)]
    for update, part in zip(chosen, parts(scene, behind, len(chosen)), strict=True):
        moves.append(Move(update, placed=part, traded=part))
    moves.append(Move(last, pulled=lots))
    absorbed, life_ms = behind / lots, scene.life_ms(first, last)
    reading = Reading((DEFENDED[side],))
    if absorbed < ABSORBED[1]:
        aged = stood(side, life_ms, 0.0)
        is_defence = aged.accepted[0] is DEFENDED[side] and not aged.doubt
        reading = reading if is_defence else Reading((DEFENDED[side],), "absorbed about half")
    leg = scene.leg(Kind.ICEBERG, side, y, moves)
    return Play((scene.story(Kind.ICEBERG, side, [leg], reading),))


def tip(scene: Scene, side: Side) -> Play | None:
    """Shows a part of itself, refills when that is nearly eaten, and is pulled or eaten at last."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(LIFE_MS) + scene.ranges.sweep_ms)
    if last is None:
        return None
    y = scene.crossed_by(side, first, last) + scene.count((0, 1))
    touches = scene.calm(side, y, scene.touches(side, y, first, last - 2))
    if not _fits(scene, side, y, first):
        return None
    lots = scene.large(side, y, first, (1.0, 3.0))
    moves, free = [Move(first, placed=lots)], first
    for _ in range(scene.count(REFILLS)):
        bite = [k for k in touches if k > free][: scene.count((1, 3))]
        if not bite:
            return None
        eat = lots - round(lots * scene.draw(LEFT))
        if eat < len(bite):
            return None
        sizes = parts(scene, eat, len(bite))
        refill = scene.after(bite[-1], scene.draw(REFILL_MS))
        if refill is None or scene.life_ms(bite[-1], refill) >= 900:
            return None
        moves += [Move(k, traded=size) for k, size in zip(bite, sizes, strict=True)]
        moves.append(Move(refill, placed=eat))
        free = refill
    final = [k for k in touches if k > free][: scene.count((1, 3))]
    gone = scene.random.random() < GONE and bool(final)
    if gone:
        sizes = parts(scene, lots, len(final))
        moves += [Move(k, traded=size) for k, size in zip(final, sizes, strict=True)]
    else:
        end = scene.after(free, scene.draw((300, 4_000)))
        if end is None or not scene.untouched(side, y, free, end):
            return None
        moves.append(Move(end, pulled=lots))
    reading = Reading((SWEPT[side],) if gone else (DEFENDED[side],))
    leg = scene.leg(Kind.TIP, side, y, moves, is_pulled=not gone)
    return Play((scene.story(Kind.TIP, side, [leg], reading),))


def _fits(scene: Scene, side: Side, y: int, first: int) -> bool:
    return (
        scene.distance_bps(side, y, first) >= 0.1
        and scene.covers(side, y, first)
        and scene.is_quiet(side, y, first)
    )
