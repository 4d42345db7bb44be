"""An order of enormous size that is parked far from the market for the whole run."""

from __future__ import annotations

from compose.evaluation.hard.bands import DEFENDED, Reading
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from schemas.signals import Classification, Side

DISTANCE_BPS = (120.0, 185.0)
SIZE = (20.0, 60.0)
"""In thresholds of its distance."""


def giant(scene: Scene, side: Side) -> Play | None:
    """Stands from the start to the end."""
    if not scene.giant:
        return None
    first, last = scene.first, scene.last
    y = scene.away(side, first, scene.draw(DISTANCE_BPS))
    if not scene.untouched(side, y, first, last):
        return None
    moves = scene.untraded(scene.large(side, y, first, SIZE), first, last)
    leg = scene.leg(Kind.GIANT, side, y, moves)
    reading = Reading((Classification.UNKNOWN, DEFENDED[side]))
    return Play((scene.story(Kind.GIANT, side, [leg], reading),))
