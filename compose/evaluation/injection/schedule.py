"""Puts the acts of one pass on the path so that none changes what another one is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from compose.evaluation.actors import clean, lures, tricky
from compose.evaluation.actors.parts import Actor
from compose.evaluation.injection.episode import CLASSES, Act, Episode, Group
from compose.evaluation.injection.neighbours import (
    PATTERN_MS,
    PATTERN_SHARE,
    PRICE_GAP_MS,
    Neighbours,
)
from compose.evaluation.injection.path import MarketPath, sign_of
from compose.evaluation.injection.stage import Coverage, Stage
from schemas.signals import Classification, Side

LEAD_MS = 8_000
"""Left alone at the start of the stream, and a little at its end."""
TAIL_MS = 6_000
TRIES = 600
PULL_GAP_MS = 1_600
"""Between the pulls of two acts on one side: farther apart than layers are."""
RESET_GAP_MS = 500
IMPACT_LEVELS = 50
LEAST_IMPACT = 0.3
"""Room above the class table's 0.25: the book breathes."""
HEAVY_CLASSES = {label for label in CLASSES if not label.value.startswith("SWEEP")}
SNAPSHOT_LEVELS = 1_000

CAST: dict[Group, tuple[tuple[Actor, int], ...]] = {
    Group.CLEAN: (
        (clean.layerer, 1),
        (clean.innocent, 2),
        (clean.absorbed, 3),
        (clean.partly_filled, 2),
        (clean.defender, 3),
        (clean.spoofer, 3),
        (clean.flicker, 1),
    ),
    Group.ADVERSARIAL: (
        (tricky.reset_pulled, 1),
        (tricky.reset_stands, 1),
        (lures.slow_lure, 2),
        (tricky.retreat, 1),
        (tricky.outside_pulled, 1),
        (tricky.iceberg, 2),
        (lures.touched, 2),
        (tricky.same_update, 2),
        (tricky.hidden, 1),
        (tricky.outside_stands, 1),
        (lures.on_top, 1),
        (lures.stepwise, 1),
        (lures.campaign, 1),
        (lures.split, 1),
    ),
}
"""Who appears in a pass and how often on each side, those that need most room first."""

ONE_SIDED = {tricky.reset_pulled: Side.ASK, tricky.reset_stands: Side.BID}
"""A reset concerns both sides, so these appear once in a pass."""


@dataclass(frozen=True, slots=True)
class Programme:
    """All acts of a pass."""

    acts: tuple[Act, ...]
    not_placed: dict[str, int]
    """Acts that found no place, by actor function."""

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """All episodes, in no particular order."""
        return tuple(episode for act in self.acts for episode in act.episodes)


@dataclass(slots=True)
class _Board:
    path: MarketPath
    neighbours: Neighbours
    acts: list[Act] = field(default_factory=list)

    depths: dict[int, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = field(
        default_factory=dict
    )

    def fits(self, act: Act) -> bool:
        others = [episode for other in self.acts for episode in other.episodes]
        if not all(self._keeps_apart(mine, other) for mine in act.episodes for other in others):
            return False
        return self._respects_resets(act) and self._keeps_patterns(act) and self._stays_heavy(act)

    def _keeps_apart(self, mine: Episode, other: Episode) -> bool:
        """Neither in each other's way nor, on one side, pulled together."""
        if not self.neighbours.apart(mine, other):
            return False
        if mine.side is not other.side:
            return True
        time = self.neighbours.time
        together = abs(time(mine.last) - time(other.last)) < PULL_GAP_MS
        return not (mine.pulled and other.pulled and together)

    def _respects_resets(self, act: Act) -> bool:
        time = self.neighbours.time
        for one, two in [(act, other) for other in self.acts]:
            for resetting, standing in ((one, two), (two, one)):
                if resetting.reset is None:
                    continue
                at = time(resetting.reset)
                if any(
                    time(e.first) - RESET_GAP_MS <= at <= time(e.last) + PRICE_GAP_MS
                    for e in standing.episodes
                ):
                    return False
        return True

    def _keeps_patterns(self, act: Act) -> bool:
        acts = [*self.acts, act]
        for fragile_act in acts:
            others = [o for other in acts if other is not fragile_act for o in other.episodes]
            for episode in fragile_act.episodes:
                if episode.fragile and sum(self._is_near(episode, o) for o in others) > 1:
                    return False
        return True

    def _stays_heavy(self, act: Act) -> bool:
        """Tell whether every order's notional stays large beside that of the best levels.

        The class table asks for it. Real walls and other actors' may stand among these levels.
        """
        episodes = [e for one in (*self.acts, act) for e in one.episodes]
        mine = {id(episode) for episode in act.episodes}
        for episode in episodes:
            if episode.label not in HEAVY_CLASSES:
                continue
            beside = [e for e in episodes if self.neighbours.overlap(e, episode, 0)]
            if id(episode) in mine or any(id(e) in mine for e in beside):
                for update in (episode.first, episode.last - 1):
                    if self._impact(episode, beside, update) < LEAST_IMPACT:
                        return False
        return True

    def _impact(self, episode: Episode, beside: list[Episode], update: int) -> float:
        """Return an order's share in the notional of the best levels after an update."""
        if update not in self.depths:
            self.depths[update] = (
                self.path.best_levels(Side.BID, update, IMPACT_LEVELS),
                self.path.best_levels(Side.ASK, update, IMPACT_LEVELS),
            )
        total = 0.0
        for side, real in zip((Side.BID, Side.ASK), self.depths[update], strict=True):
            levels = dict(real)
            for other in beside:
                if other.side is side and (lots := other.standing(update)):
                    levels[other.tick] = levels.get(other.tick, 0) + lots
            best = sorted(levels, key=lambda tick: tick * sign_of(side))[:IMPACT_LEVELS]
            total += sum(self.path.grid.usd(levels[tick], tick) for tick in best)
        own = self.path.grid.usd(episode.standing(update), episode.tick)
        return own / total

    def _is_near(self, episode: Episode, other: Episode) -> bool:
        """Tell whether another episode is a SPOOF that counts as a pattern for this one."""
        return (
            other.label is Classification.SPOOF
            and other.side is episode.side
            and abs(other.tick - episode.tick) <= PATTERN_SHARE * episode.tick
            and self.neighbours.time(other.last) <= self.neighbours.time(episode.last)
            and self.neighbours.time(other.last) >= self.neighbours.time(episode.first) - PATTERN_MS
        )


def programme(path: MarketPath, group: Group, seed: int) -> Programme:
    """Return the acts of one pass over a path: the same for the same seed."""
    random = Random(f"{group}:{seed}")
    board = _Board(path, Neighbours(path))
    missing: dict[str, int] = {}
    first = path.at(int(path.times[0]) + LEAD_MS)
    last = path.at(int(path.times[-1]) - TAIL_MS)
    coverage = Coverage([(-1, dict(path.coverage))])
    stage = Stage(path, random, first, last, coverage)
    for actor, side in _calls(group):
        for _ in range(TRIES):
            act = actor(stage, side)
            if act is not None and board.fits(act):
                board.acts.append(act)
                if act.reset is not None:
                    coverage.since.append((act.reset, _known_from(path, act.reset)))
                    coverage.since.sort(key=lambda pair: pair[0])
                break
        else:
            missing[actor.__name__] = missing.get(actor.__name__, 0) + 1
    return Programme(tuple(board.acts), missing)


def _known_from(path: MarketPath, reset: int) -> dict[Side, int]:
    """Return the coverage of the snapshot that is taken after a reset."""
    return {
        side: sign_of(side) * path.best_levels(side, reset, SNAPSHOT_LEVELS)[-1][0] for side in Side
    }


def _calls(group: Group) -> Iterator[tuple[Actor, Side]]:
    for actor, times in CAST[group]:
        sides = (ONE_SIDED[actor],) if actor in ONE_SIDED else (Side.BID, Side.ASK)
        for side in sides:
            for _ in range(times):
                yield actor, side
