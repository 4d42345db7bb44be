"""A lure that is quoted again and again behind the price."""

from __future__ import annotations

from compose.evaluation.hard.bands import Reading
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from compose.evaluation.injection.episode import Episode
from schemas.signals import Classification, Side

FAST_MS = (90, 280)
SLOW_MS = (350, 2_500)
GAP_MS = (0, 420)
TOTAL_MS = (2_000, 12_000)
DISTANCE_BPS = (1.0, 9.0)
UNEVEN = 0.2
MOST_LINKS = 60
LEAST_LINKS = {Kind.REQUOTED_FAST: 6, Kind.REQUOTED: 3}
ACCEPTED = (Classification.MANIPULATION, Classification.SPOOF)


def requoted_fast(scene: Scene, side: Side) -> Play | None:
    """Each quote lives 90 to 280 ms."""
    return _campaign(scene, side, Kind.REQUOTED_FAST, scene.logarithmic(FAST_MS))


def requoted(scene: Scene, side: Side) -> Play | None:
    """Each quote lives 0.35 to 2.5 s."""
    return _campaign(scene, side, Kind.REQUOTED, scene.logarithmic(SLOW_MS))


def _campaign(scene: Scene, side: Side, kind: Kind, life_ms: float) -> Play | None:
    first = scene.some_update()
    begin = scene.time(first)
    total = max(scene.logarithmic(TOTAL_MS), 3.5 * life_ms)
    bps, gap = scene.logarithmic(DISTANCE_BPS), scene.draw(GAP_MS) * scene.count((0, 1))
    base = scene.logarithmic((0.8, 3.0)) * scene.threshold(
        side, scene.away(side, first, bps), first
    )
    legs: list[Episode] = []
    before = 0
    while scene.time(first) - begin < total and len(legs) < MOST_LINKS:
        last = scene.after(first, life_ms * scene.draw((0.8, 1.2)))
        y = scene.away(side, first, bps * scene.draw((0.9, 1.1)))
        y += y == before
        if last is None or not scene.free(side, y, first, last):
            return None
        usd = base * scene.draw((1 - UNEVEN / 2, 1 + UNEVEN / 2))
        lots = scene.path.grid.lots_worth(usd, abs(y))
        legs.append(scene.leg(kind, side, y, scene.untraded(lots, first, last)))
        # Another level than the one before may be quoted in the same update.
        following = last if gap == 0 else scene.after(last, gap)
        if following is None:
            return None
        first, before = following, y
    if len(legs) < LEAST_LINKS[kind]:
        return None
    longest = max(leg.lifetime_ms for leg in legs)
    if kind is Kind.REQUOTED_FAST and longest > 300:
        return None
    return Play((scene.story(kind, side, legs, Reading(ACCEPTED), campaign=True),))
