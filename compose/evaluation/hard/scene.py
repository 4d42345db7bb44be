"""Where the actors look for their place: sizes in thresholds, distances in what mid wanders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compose.evaluation.actors.parts import eaten, stood_and_pulled
from compose.evaluation.hard.bands import Reading, pulled, size_doubt, stood
from compose.evaluation.hard.sizes import multiples_of, sized_together
from compose.evaluation.hard.story import Kind, Story
from compose.evaluation.hard.yardstick import Yardstick
from compose.evaluation.injection.episode import Episode, Group, Move
from compose.evaluation.injection.path import sign_of
from compose.evaluation.injection.stage import Stage
from compose.evaluation.ranges import Range
from schemas.signals import Classification, Side

MULTIPLES: Range = (0.8, 3.0)
QUIET_SHARE = 0.15
"""An actor keeps away from real levels above this share of the threshold."""
NOISE_S = 60
UNTOLD = (Classification.UNKNOWN,)
MEANT = (Kind.LURE, Kind.APPROACHED, Kind.BESIDE_GIANT)
"""Kinds whose actor means to mislead, whatever it looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(Stage):
    """A stage that knows what is large on it. Distances from mid in bps unless told otherwise."""

    yardstick: Yardstick
    giant: bool
    """Whether a giant is parked far away in this run."""

    def threshold(self, side: Side, y: int, update: int) -> float:
        """Return from which notional the level `y` is large, quote currency."""
        return self.yardstick.at(side, self.distance_bps(side, y, update), self.time(update))

    def logarithmic(self, span: Range) -> float:
        """Return a random number, uniform in the logarithm."""
        low, high = span
        return math.exp(self.random.uniform(math.log(low), math.log(high)))

    def large(self, side: Side, y: int, update: int, span: Range = MULTIPLES) -> int:
        """Return the lots that make the level a random multiple of the threshold."""
        tick = y * sign_of(side)
        usd = self.logarithmic(span) * self.threshold(side, y, update)
        real = self.path.lots(side, tick, update)
        return max(1, self.path.grid.lots_worth(usd, tick) - real)

    def is_quiet(self, side: Side, y: int, update: int) -> bool:
        """Tell whether the real level underneath is small beside the threshold."""
        tick = y * sign_of(side)
        if tick <= 0 or self.distance_bps(side, y, update) <= 0:
            return False
        usd = self.path.grid.usd(self.path.lots(side, tick, update), tick)
        return usd < QUIET_SHARE * self.threshold(side, y, update)

    def free(self, side: Side, y: int, first: int, last: int) -> bool:
        """Tell whether an order may stand there untouched, in view and alone."""
        return (
            self.covers(side, y, first)
            and self.untouched(side, y, first, last)
            and self.is_quiet(side, y, first)
            and self.is_quiet(side, y, last)
        )

    def wandered_bps(self, update: int, life_ms: float) -> float:
        """Return how far mid wanders by itself in a life (standard deviation), bps."""
        end = self.time(update)
        marks = [self.path.at(end - back * 1_000) for back in range(min(NOISE_S, 60), -1, -1)]
        mids = np.array([self.path.mid(max(0, mark)) for mark in marks])
        steps = np.diff(mids) / mids[:-1] * 1e4
        return float(steps.std()) * math.sqrt(max(life_ms, 0.0) / 1_000)

    def came(self, side: Side, y: int, first: int, last: int) -> float:
        """Return by what share of its distance, or of what mid wanders, mid came nearer."""
        opened, ended = self.distance_bps(side, y, first), self.distance_bps(side, y, last)
        scale = max(opened, self.wandered_bps(last, self.time(last) - self.time(first)))
        return max(0.0, opened - ended) / scale if scale > 0 else 0.0

    def life_ms(self, first: int, last: int) -> int:
        """Return the time between two updates."""
        return self.time(last) - self.time(first)

    def leg(
        self, kind: Kind, side: Side, y: int, moves: Sequence[Move], *, is_pulled: bool = True
    ) -> Episode:
        """Return the episode of one level; its class is told by the story."""
        first, last = moves[0].update, moves[-1].update
        return Episode(
            kind.value,
            Group.ADVERSARIAL,
            Classification.UNKNOWN,
            side,
            y * sign_of(side),
            tuple(moves),
            last,
            self.distance_bps(side, y, first),
            self.life_ms(first, last),
            pulled=is_pulled,
        )

    def story(
        self,
        kind: Kind,
        side: Side,
        legs: Sequence[Episode],
        reading: Reading,
        *,
        campaign: bool = False,
    ) -> Story:
        """Return the story of legs that stand together, with what its size leaves to be said."""
        together = sized_together(legs, campaign)
        size = size_doubt(multiples_of(self.path, self.yardstick, together))
        if size == "small":
            return Story(kind, tuple(legs), UNTOLD, "", campaign)
        doubt = reading.doubt or size
        return Story(kind, tuple(legs), reading.accepted, doubt, campaign)

    def pulled(self, kind: Kind, side: Side, y: int, moves: Sequence[Move]) -> Story:
        """Return the story of an order on one level that was pulled at last."""
        first, last = moves[0].update, moves[-1].update
        reading = pulled(
            side,
            self.life_ms(first, last),
            fill_of(moves),
            self.came(side, y, first, last),
            self.distance_bps(side, y, first),
        )
        if kind in MEANT and reading.accepted == UNTOLD:
            reading = reading._replace(doubt="a lure or a change of mind")
        return self.story(kind, side, [self.leg(kind, side, y, moves)], reading)

    def stood(self, kind: Kind, side: Side, y: int, moves: Sequence[Move]) -> Story:
        """Return the story of an order on one level that was meant to stand."""
        first, last = moves[0].update, moves[-1].update
        life_ms, fill = self.life_ms(first, last), fill_of(moves)
        reading = stood(side, life_ms, fill)
        came = self.came(side, y, first, last)
        if fill < 0.25 and came >= 0.4 and not reading.doubt:
            reading = reading._replace(doubt="stood, and pulled as the price came")
        elif life_ms < 3_300 and not reading.doubt:
            reading = reading._replace(doubt="age about that of a lure")
        return self.story(kind, side, [self.leg(kind, side, y, moves)], reading)

    def eaten(self, touches: Sequence[int], total: int) -> list[Move]:
        """Return `total` lots as taken in some of the touches."""
        return eaten(self, touches, total) if total > 0 else []

    def untraded(self, lots: int, first: int, last: int) -> list[Move]:
        """Return the moves of an order that nobody touches."""
        return stood_and_pulled(lots, first, last)


def fill_of(moves: Sequence[Move]) -> float:
    """Return the share of its largest size that was taken of what an order displayed."""
    most = shown = 0
    for move in moves:
        shown += move.placed - move.traded - move.pulled
        most = max(most, shown)
    return sum(move.traded for move in moves) / most
