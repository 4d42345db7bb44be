"""A wall that stands, and a lure that somebody puts on top of it."""

from __future__ import annotations

from compose.evaluation.hard.bands import pulled
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from schemas.signals import Side

WALL_MS = (14_000, 35_000)
WALL = (1.15, 3.0)
LURE_MS = (400, 6_000)
MARGIN_MS = 1_500
DISTANCE_BPS = (0.7, 18.0)


def on_top(scene: Scene, side: Side) -> Play | None:
    """The lure comes and goes while the wall stands on; nobody trades with either."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(WALL_MS))
    y = scene.away(side, first, scene.logarithmic(DISTANCE_BPS))
    if last is None or not scene.free(side, y, first, last):
        return None
    if scene.came(side, y, first, last) >= 0.4:
        return None
    since = scene.after(first, MARGIN_MS)
    until = scene.path.at(scene.time(last) - MARGIN_MS)
    if since is None or since >= until:
        return None
    placed = scene.random.randint(since, until)
    gone = scene.after(placed, scene.logarithmic(LURE_MS))
    if gone is None or gone >= until or scene.life_ms(placed, gone) < 300:
        return None
    wall = scene.untraded(scene.large(side, y, first, WALL), first, last)
    lure = scene.untraded(scene.large(side, y, placed), placed, gone)
    reading = pulled(
        side,
        scene.life_ms(placed, gone),
        0.0,
        scene.came(side, y, placed, gone),
        scene.distance_bps(side, y, placed),
    )
    leg = scene.leg(Kind.ON_TOP, side, y, lure)
    top = scene.story(Kind.ON_TOP, side, [leg], reading)
    return Play((scene.stood(Kind.UNDER, side, y, wall), top))
