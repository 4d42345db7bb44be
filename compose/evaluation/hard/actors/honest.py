"""Orders that are taken back and mean nothing: near mid, or away from the market."""

from __future__ import annotations

from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Kind, Play
from schemas.signals import Side

NEAR_BPS = (0.3, 3.0)
NEAR_MS = (3_400, 9_000)
FAR_BPS = (12.0, 90.0)
FAR_MS = (400, 9_000)


def near_quote(scene: Scene, side: Side) -> Play | None:
    """A quote next to mid that is taken back after some seconds without the price having come."""
    return _quote(scene, side, Kind.NEAR_QUOTE, NEAR_BPS, NEAR_MS)


def far_cancel(scene: Scene, side: Side) -> Play | None:
    """An order away from the market that is taken back."""
    return _quote(scene, side, Kind.FAR_CANCEL, FAR_BPS, FAR_MS)


def _quote(
    scene: Scene,
    side: Side,
    kind: Kind,
    distance_bps: tuple[float, float],
    life_ms: tuple[float, float],
) -> Play | None:
    first = scene.some_update()
    last = scene.after(first, scene.logarithmic(life_ms))
    y = scene.away(side, first, scene.logarithmic(distance_bps))
    if last is None or scene.life_ms(first, last) < 300:
        return None
    if not (scene.untouched(side, y, first, last) and scene.is_quiet(side, y, first)):
        return None
    moves = scene.untraded(scene.large(side, y, first), first, last)
    story = scene.pulled(kind, side, y, moves)
    # What it turned into by chance, such as a lure at short distance, is another actor's story.
    return None if story.is_lure and not story.doubt else Play((story,))
