"""Several levels that are small one by one and large together: put up and pulled as one."""

from __future__ import annotations

from compose.evaluation.hard.bands import PERSISTENT_MS, Reading
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from compose.evaluation.injection.episode import Episode
from schemas.signals import Classification, Side

COUNT = (3, 7)
LIFE_MS = (400, 9_000)
FIRST_BPS = (1.0, 12.0)
GAP_BPS = (0.1, 2.2)
TOGETHER = (0.8, 4.0)
"""All of them, in thresholds."""
UNEVEN = 0.3
SPREAD_MS = (0, 480)
"""They come, and go, within this time of each other."""
CLOSE_BPS, APART_BPS = 8.0, 12.0
CLOSE_MS = 350
SMALL = 0.9
"""A layer above this share of the threshold is large by itself."""
LEAST_PIECE = (0.1, 0.13)
ACCEPTED = (Classification.MANIPULATION, Classification.SPOOF)


def layers(scene: Scene, side: Side) -> Play | None:
    """3 to 7 levels within some bps; no takers come."""
    begin = scene.some_update()
    end = scene.after(begin, scene.logarithmic(LIFE_MS))
    if end is None:
        return None
    count, spread = scene.count(COUNT), scene.draw(SPREAD_MS) * scene.count((0, 1))
    multiple = scene.logarithmic(TOGETHER)
    legs: list[Episode] = []
    distance, shares, before = scene.logarithmic(FIRST_BPS), [], 0
    for _ in range(count):
        first = scene.after(begin, scene.random.uniform(0, spread))
        last = scene.after(end, scene.random.uniform(0, spread))
        if first is None or last is None:
            return None
        y = max(scene.away(side, begin, distance), before + 1)
        if not scene.free(side, y, first, last):
            return None
        share = multiple / count * scene.draw((1 - UNEVEN, 1 + UNEVEN))
        threshold = scene.threshold(side, y, first)
        lots = scene.path.grid.lots_worth(share * threshold, abs(y))
        legs.append(scene.leg(Kind.LAYERS, side, y, scene.untraded(lots, first, last)))
        shares.append(share)
        distance, before = distance + scene.logarithmic(GAP_BPS), y
    return Play((scene.story(Kind.LAYERS, side, legs, _reading(scene, legs, shares, spread)),))


def _reading(scene: Scene, legs: list[Episode], shares: list[float], spread: float) -> Reading:
    reach = abs(legs[-1].distance_bps - legs[0].distance_bps)
    life_ms = max(leg.lifetime_ms for leg in legs)
    if max(shares) >= SMALL:
        return Reading(ACCEPTED, "a layer is large by itself")
    if min(shares) < LEAST_PIECE[1]:
        return Reading(ACCEPTED, "layers too small to be told")
    if reach > CLOSE_BPS:
        return Reading(ACCEPTED, "the layers lie apart")
    if spread > CLOSE_MS:
        return Reading(ACCEPTED, "the layers come one after another")
    return Reading(ACCEPTED, "stood for long" if life_ms >= PERSISTENT_MS[0] else "")
