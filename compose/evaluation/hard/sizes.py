"""How large a story is, in thresholds of its own market."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from compose.evaluation.hard.bands import SIZE
from compose.evaluation.hard.story import Kind, Story
from compose.evaluation.hard.yardstick import Yardstick
from compose.evaluation.injection.episode import Episode
from compose.evaluation.injection.path import MarketPath
from schemas.signals import Classification

STEP_MS: Final = 5_000
BPS: Final = 1e-4
RAISED: Final = "large by the untouched tape alone"
"""The other actors raised the threshold above it."""


class Multiples(NamedTuple):
    """Notional in thresholds: the least over its life, when it was placed, and the largest."""

    least: float
    first: float
    most: float


def most_shown(leg: Episode) -> int:
    """Return the most that a leg displays, lots."""
    most = shown = 0
    for move in leg.moves:
        shown += move.placed - move.traded - move.pulled
        most = max(most, shown)
    return most


def multiples_of(path: MarketPath, yardstick: Yardstick, legs: Sequence[Episode]) -> Multiples:
    """Return the size of legs that stand together."""
    sized = [(leg.tick, most_shown(leg)) for leg in legs]
    usd = sum(path.grid.usd(lots, tick) for tick, lots in sized)
    price = usd / path.grid.qty(sum(lots for _, lots in sized))
    first, last = min(leg.first for leg in legs), max(leg.last for leg in legs)
    times = range(int(path.times[first]), int(path.times[last]) + 1, STEP_MS)
    updates = [first, *(min(path.at(time), last) for time in times), last]
    found = []
    for update in updates:
        mid = path.mid(update)
        bps = abs(price - mid) / mid / BPS
        found.append(usd / yardstick.at(legs[0].side, bps, int(path.times[update])))
    return Multiples(min(found), found[0], max(found))


def sized_together(story_legs: Sequence[Episode], campaign: bool) -> Sequence[Episode]:
    """Return the legs that stand together at the start of a story."""
    return story_legs[:1] if campaign else story_legs


def with_all_in_it(path: MarketPath, yardstick: Yardstick, story: Story) -> Story:
    """Return a story with a doubt where the other actors, by the yardstick of the tape with all of
    them in it, left it smaller than large. A giant far away may never do that."""
    is_large = story.accepted != (Classification.UNKNOWN,) and not story.doubt
    if not is_large or story.kind in (Kind.BESIDE_GIANT, Kind.GIANT):
        return story
    size = multiples_of(path, yardstick, sized_together(story.legs, story.campaign))
    clear = size.first >= SIZE[1] and size.least >= SIZE[0]
    return story if clear else replace(story, doubt=RAISED)
