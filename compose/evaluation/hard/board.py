"""Puts the plays of one run on the tape so that none changes what another one is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from compose.evaluation.hard.actors import (
    campaigns,
    clusters,
    eaten,
    flickers,
    giants,
    honest,
    icebergs,
    layers,
    lures,
    makers,
    on_top,
    walls,
)
from compose.evaluation.hard.scene import Scene
from compose.evaluation.hard.story import Play, Story
from compose.evaluation.hard.yardstick import Yardstick
from compose.evaluation.injection.episode import Episode
from compose.evaluation.injection.neighbours import PATTERN_MS, PATTERN_SHARE, Neighbours
from compose.evaluation.injection.path import MarketPath
from compose.evaluation.injection.stage import Coverage
from compose.evaluation.ranges import Ranges
from schemas.signals import Classification, Side

Actor = Callable[[Scene, Side], Play | None]

LEAD_MS: Final = 35_000
"""Thresholds are taken to be warm."""
TAIL_MS: Final = 6_000
TRIES: Final = 400
STRICT_TRIES: Final = 250
"""Tries in which an innocent has to stand clear of other actors' lures."""
APART_MS: Final = 1_700
"""Between what two plays put up or pull on one side: farther apart than layers or links are."""
SHADOW: Final = "stands where two lures of others were pulled"

CAST: Final[tuple[tuple[Actor, int], ...]] = (
    (giants.giant, 1),
    (makers.withdrawal, 1),
    (makers.quoting, 1),
    (flickers.flicker, 1),
    (layers.layers, 2),
    (eaten.small_fills, 2),
    (campaigns.requoted_fast, 1),
    (campaigns.requoted, 1),
    (honest.near_quote, 2),
    (honest.far_cancel, 2),
    (on_top.on_top, 2),
    (walls.wall, 3),
    (clusters.standing_cluster, 1),
    (icebergs.iceberg, 2),
    (icebergs.tip, 1),
    (eaten.eaten_wall, 2),
    (clusters.eaten_cluster, 1),
    (clusters.pulled_cluster, 2),
    (lures.approached, 2),
    (lures.beside_giant, 3),
    (lures.lure, 4),
)
"""Who appears in a run, and how often on each side; those that need most room first."""
ONCE: Final = {makers.withdrawal, makers.quoting, flickers.flicker, giants.giant}
"""These concern both sides, or are one: they appear once in a run, on a random side first."""


@dataclass(frozen=True, slots=True)
class Programme:
    """All plays of a run."""

    plays: tuple[Play, ...]
    not_placed: dict[str, int]

    @property
    def stories(self) -> tuple[Story, ...]:
        """The stories of all plays."""
        return tuple(story for play in self.plays for story in play.stories)


def programme(path: MarketPath, yardstick: Yardstick, seed: int, market: str) -> Programme:
    """Return the plays of one run over a path: the same for the same seed and market."""
    random = Random(f"hard:{market}:{seed}")
    first = path.at(int(path.times[0]) + LEAD_MS)
    last = path.at(int(path.times[-1]) - TAIL_MS)
    coverage = Coverage([(-1, dict(path.coverage))])
    near = yardstick.at(Side.ASK, 0.0, int(path.times[-1]))
    ranges = Ranges(flow_usd=(0.02 * near, 0.5 * near))
    scene = Scene(
        path, random, first, last, coverage, ranges, yardstick=yardstick, giant=seed % 2 == 0
    )
    board = _Board(path)
    missing: dict[str, int] = defaultdict(int)
    for actor, side in _calls(random, scene.giant):
        for attempt in range(TRIES):
            play = actor(scene, side)
            if play is not None and board.fits(play, strict=attempt < STRICT_TRIES):
                board.add(play)
                break
        else:
            missing[actor.__name__] += 1
    return Programme(board.told(), dict(missing))


def _calls(random: Random, has_giant: bool) -> Iterator[tuple[Actor, Side]]:
    for actor, times in CAST:
        if actor in (giants.giant, lures.beside_giant) and not has_giant:
            continue
        sides = [random.choice(list(Side))] if actor in ONCE else list(Side)
        for side in sides:
            for _ in range(times):
                yield actor, side


def _may_be_shaded(story: Story) -> bool:
    """Tell whether lures of others nearby change what a story is by the class table."""
    return story.accepted[0] is Classification.UNKNOWN


class _Board:
    def __init__(self, path: MarketPath) -> None:
        self._neighbours = Neighbours(path)
        self._plays: list[Play] = []

    def add(self, play: Play) -> None:
        self._plays.append(play)

    def fits(self, play: Play, *, strict: bool) -> bool:
        for other in self._plays:
            if not all(self._keeps_apart(a, b) for a in play.legs for b in other.legs):
                return False
        return not strict or not self._casts_shadow(play)

    def told(self) -> tuple[Play, ...]:
        """Return the plays, with a doubt on what stands where others' lures were pulled."""
        return tuple(
            replace(play, stories=tuple(self._shaded(story, play) for story in play.stories))
            for play in self._plays
        )

    def _shaded(self, story: Story, play: Play) -> Story:
        if story.doubt or not _may_be_shaded(story):
            return story
        return replace(story, doubt=SHADOW) if self._lures_near(story, play) > 1 else story

    def _casts_shadow(self, play: Play) -> bool:
        everything = [*self._plays, play]
        for other in everything:
            for story in other.stories:
                if story.doubt or not _may_be_shaded(story):
                    continue
                if self._lures_near(story, other, everything) > 1:
                    return True
        return False

    def _lures_near(self, story: Story, play: Play, plays: list[Play] | None = None) -> int:
        """Count the lures of other plays that make a pattern with a story by the class table."""
        end, begin = self._neighbours.time(story.last), self._neighbours.time(story.first)
        return sum(
            self._is_near(story, other, begin, end)
            for others in (self._plays if plays is None else plays)
            if others is not play
            for other in others.stories
        )

    def _is_near(self, story: Story, other: Story, begin: int, end: int) -> bool:
        if not (other.is_lure and other.side is story.side):
            return False
        pulled = self._neighbours.time(other.last)
        reach = PATTERN_SHARE * story.legs[0].tick
        near = abs(other.legs[0].tick - story.legs[0].tick) <= reach
        return near and begin - PATTERN_MS <= pulled <= end

    def _keeps_apart(self, mine: Episode, other: Episode) -> bool:
        """Neither in each other's way nor, on one side, moved together."""
        if not self._neighbours.apart(mine, other):
            return False
        if mine.side is not other.side:
            return True
        time = self._neighbours.time
        moments = [(time(leg.first), time(leg.last)) for leg in (mine, other)]
        return all(abs(a - b) >= APART_MS for a in moments[0] for b in moments[1])
