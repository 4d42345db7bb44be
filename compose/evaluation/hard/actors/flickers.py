"""A book in which large quotes of both sides blink."""

from __future__ import annotations

from compose.evaluation.hard.bands import Reading
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play, Story
from compose.evaluation.injection.episode import Episode
from schemas.signals import Classification, Side

BLINKS = (6, 20)
BLINK_MS = (40, 235)
GAP_MS = (100, 900)
DISTANCE_BPS = (0.7, 10.0)
MULTIPLES = (0.8, 2.0)


def flicker(scene: Scene, side: Side) -> Play | None:
    """Quotes of both sides come and go in the same rhythm, none for longer than 240 ms."""
    bps = scene.logarithmic(DISTANCE_BPS)
    start = scene.some_update()
    count = scene.count(BLINKS)
    stories: list[Story] = []
    for own in (side, Side.BID if side is Side.ASK else Side.ASK):
        legs = _blinks(scene, own, start, bps, count)
        if legs is None:
            return None
        reading = Reading((Classification.UNKNOWN,))
        stories.append(scene.story(Kind.FLICKER, own, legs, reading, campaign=True))
    return Play(tuple(stories))


def _blinks(scene: Scene, side: Side, start: int, bps: float, count: int) -> list[Episode] | None:
    legs: list[Episode] = []
    first, multiple, before = start, scene.logarithmic(MULTIPLES), 0
    for _ in range(count):
        last = scene.after(first, scene.draw(BLINK_MS))
        y = scene.away(side, first, bps * scene.draw((0.8, 1.25)))
        y += y == before
        if (
            last is None
            or scene.life_ms(first, last) >= 245
            or not scene.free(side, y, first, last)
        ):
            return None
        usd = multiple * scene.draw((0.7, 1.4)) * scene.threshold(side, y, first)
        lots = scene.path.grid.lots_worth(usd, abs(y))
        legs.append(scene.leg(Kind.FLICKER, side, y, scene.untraded(lots, first, last)))
        again = scene.after(last, scene.draw(GAP_MS))
        if again is None:
            return None
        first, before = again, y
    return legs
