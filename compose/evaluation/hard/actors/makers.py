"""A market maker: leaves both sides at once, or follows the price with both."""

from __future__ import annotations

from compose.evaluation.hard.bands import PERSISTENT_MS, Reading
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play, Story
from compose.evaluation.injection.episode import Episode
from schemas.signals import Classification, Side

LEVELS = (1, 3)
LIFE_MS = (500, 9_000)
DISTANCE_BPS = (1.0, 12.0)
GAP_BPS = (0.5, 3.0)
UNEVEN = 0.12
"""The sides are alike up to this."""
JITTER_MS = (0, 300)
QUOTE_MS = (300, 2_500)
QUOTE_BPS = (0.7, 5.0)
QUOTES = (4, 10)
UNKNOWN = (Classification.UNKNOWN,)


def withdrawal(scene: Scene, side: Side) -> Play | None:
    """Stands on both sides with one to three levels each, then takes everything away at once."""
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(LIFE_MS))
    if last is None or scene.life_ms(first, last) < 300:
        return None
    count, distance = scene.count(LEVELS), scene.logarithmic(DISTANCE_BPS)
    gaps = [scene.draw(GAP_BPS) for _ in range(count)]
    multiple, jitter = scene.logarithmic((0.8, 3.0)), scene.draw(JITTER_MS) * scene.count((0, 1))
    stories: list[Story] = []
    for own in (side, Side.BID if side is Side.ASK else Side.ASK):
        begin = scene.after(first, scene.random.uniform(0, jitter))
        end = scene.after(last, scene.random.uniform(0, jitter))
        if begin is None or end is None:
            return None
        away = distance
        for gap in gaps:
            y = scene.away(own, begin, away * scene.draw((1 - UNEVEN, 1 + UNEVEN)))
            if not scene.free(own, y, begin, end):
                return None
            if any(leg.tick == abs(y) for story in stories for leg in story.legs):
                return None
            share = multiple * scene.draw((1 - UNEVEN, 1 + UNEVEN))
            lots = scene.path.grid.lots_worth(share * scene.threshold(own, y, begin), abs(y))
            leg = scene.leg(Kind.WITHDRAWAL, own, y, scene.untraded(lots, begin, end))
            reading = Reading(UNKNOWN, "" if leg.lifetime_ms < PERSISTENT_MS[0] else "stood long")
            stories.append(scene.story(Kind.WITHDRAWAL, own, [leg], reading))
            away += gap
    return Play(tuple(stories))


def quoting(scene: Scene, side: Side) -> Play | None:
    """Quotes both sides at one distance and moves with the price."""
    first = scene.some_update()
    bps, multiple = scene.logarithmic(QUOTE_BPS), scene.logarithmic((0.8, 3.0))
    life_ms = scene.logarithmic(QUOTE_MS)
    legs: dict[Side, list[Episode]] = {Side.BID: [], Side.ASK: []}
    before = {Side.BID: 0, Side.ASK: 0}
    for _ in range(scene.count(QUOTES)):
        last = scene.after(first, life_ms * scene.draw((0.7, 1.3)))
        if last is None:
            return None
        for own in Side:
            y = scene.away(own, first, bps)
            y += y == before[own]
            if not scene.free(own, y, first, last):
                return None
            usd = multiple * scene.draw((0.9, 1.1)) * scene.threshold(own, y, first)
            lots = scene.path.grid.lots_worth(usd, abs(y))
            legs[own].append(scene.leg(Kind.QUOTING, own, y, scene.untraded(lots, first, last)))
            before[own] = y
        first = last
    return Play(
        tuple(
            scene.story(Kind.QUOTING, own, legs[own], Reading(UNKNOWN), campaign=True)
            for own in (side, Side.BID if side is Side.ASK else Side.ASK)
        )
    )
