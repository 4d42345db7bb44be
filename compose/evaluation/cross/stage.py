"""Where cross-market actors find their places: the scenes of all markets at one time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from compose.evaluation.cross.labels import Label
from compose.evaluation.cross.tapes import MarketTape, basis
from compose.evaluation.hard.scene import Scene
from compose.evaluation.injection.episode import Episode, Group, Move, TouchTrade
from compose.evaluation.injection.path import sign_of
from compose.evaluation.injection.stage import Coverage
from compose.evaluation.ranges import Range
from schemas.signals import Classification, Side

MULTIPLES: Final[Range] = (1.15, 2.5)
"""Sizes in thresholds of the market whose threshold is the larger one."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One order of an actor on one market."""

    market: str
    episode: Episode
    first_ms: int
    last_ms: int
    price: float
    qty: float


@dataclass(frozen=True, slots=True)
class CrossStory:
    """What one actor did on several markets."""

    actor: str
    label: Label
    legs: tuple[Leg, ...]
    flow: tuple[tuple[str, TouchTrade], ...] = ()

    @property
    def first_ms(self) -> int:
        """When it begins."""
        return min(leg.first_ms for leg in self.legs)

    @property
    def last_ms(self) -> int:
        """When the last order is gone."""
        return max(leg.last_ms for leg in self.legs)


@dataclass(frozen=True, slots=True)
class CrossStage:
    """All markets, and a source of chance."""

    tapes: Mapping[str, MarketTape]
    scenes: Mapping[str, Scene]
    random: Random

    @classmethod
    def of(cls, tapes: Mapping[str, MarketTape], random: Random) -> CrossStage:
        """Return the stage of these tapes."""
        scenes = {
            name: Scene(
                tape.path,
                random,
                0,
                len(tape.path) - 1,
                Coverage([(-1, dict(tape.path.coverage))]),
                yardstick=tape.yardstick,
                giant=False,
            )
            for name, tape in tapes.items()
        }
        return cls(tapes, scenes, random)

    def markets(self, count: int) -> list[str]:
        """Return some markets in a random order."""
        return self.random.sample(sorted(self.tapes), count)

    def qty(self, markets: list[str], side: Side, distance_bps: float, time: int) -> float:
        """Return a base quantity that is large on every one of the markets."""
        usd = max(self.tapes[m].yardstick.at(side, distance_bps, time) for m in markets)
        low, high = MULTIPLES
        times = math.exp(self.random.uniform(math.log(low), math.log(high)))
        tape = self.tapes[markets[0]]
        return usd * times / tape.path.mid(tape.update_at(time))

    def price(self, market: str, side: Side, distance_bps: float, time: int) -> float:
        """Return the price at a distance from the mid of a moment."""
        tape = self.tapes[market]
        mid = tape.path.mid(tape.update_at(time))
        return mid * (1 + sign_of(side) * distance_bps / 1e4)

    def translated(self, price: float, here: str, there: str, time: int, apart_bps: float) -> float:
        """Return the price on another market, `apart_bps` away with the basis taken out."""
        return price * math.exp(basis(self.tapes[there], self.tapes[here], time) + apart_bps / 1e4)

    def order(
        self, market: str, side: Side, price: float, qty: float, since: float, until: float
    ) -> Leg | None:
        """Return an untouched order that is pulled at last; None where it cannot stand so."""
        tape, scene = self.tapes[market], self.scenes[market]
        first, last = tape.update_at(since), tape.update_at(until)
        y = sign_of(side) * tape.path.grid.ticks(price)
        if last <= first or scene.distance_bps(side, y, first) <= 0.5:
            return None
        if not scene.free(side, y, first, last):
            return None
        lots = max(1, tape.path.grid.lots(qty))
        episode = Episode(
            "cross",
            Group.ADVERSARIAL,
            Classification.UNKNOWN,
            side,
            y * sign_of(side),
            (Move(first, placed=lots), Move(last, pulled=lots)),
            last,
            scene.distance_bps(side, y, first),
            tape.time(last) - tape.time(first),
        )
        place = tape.path.grid.price(y * sign_of(side))
        return Leg(market, episode, tape.time(first), tape.time(last), place, qty)
