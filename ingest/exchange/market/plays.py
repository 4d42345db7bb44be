"""What actors do on several markets of a coin: walls put up together, copies, orders that move."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from ingest.exchange.market.book import Side
from ingest.exchange.market.desk import Desk, Wall
from ingest.exchange.market.director import CYCLE_MS, defended_side

_FREE_SHARE: Final = 0.2
"""An order of which more was taken is no longer pulled untouched."""


@dataclass(frozen=True, slots=True)
class Member:
    """A market of the coin."""

    desk: Desk
    basis_bps: float
    """Its price against the leader's."""

    def place(self, name: str, order: "_Order", now_ms: int) -> Wall | None:
        """Place an order at its price on this market; None where the price is no longer free."""
        spec, side = self.desk.spec, order.side
        expected = "DEFENSIVE_BUY" if side is Side.BID else "DEFENSIVE_SELL"
        tick = round(order.price * (1 + self.basis_bps * 1e-4) / spec.tick)
        away = (tick - self.desk.touch) * side.outward / spec.ticks_per_bps
        return self.desk.place(name, expected, side, away, order.usd, now_ms) if away > 0 else None


@dataclass(frozen=True, slots=True)
class _Order:
    """One order, wherever it is placed."""

    side: Side
    price: float
    """On the leader."""
    usd: float


class Play(Protocol):
    """Something that is done on several markets."""

    def step(self, now_ms: int) -> bool:
        """Act at `now_ms`; return False once everything is over."""
        ...


@dataclass(slots=True)
class _Part:
    """One order of a play: when it is placed, and pulled."""

    member: Member
    order: _Order
    at_ms: int
    until_ms: int
    wall: Wall | None = field(default=None, init=False)
    is_over: bool = field(default=False, init=False)

    def step(self, name: str, now_ms: int) -> None:
        if self.is_over or now_ms < self.at_ms:
            return
        if self.wall is None:
            self.wall = self.member.place(name, self.order, now_ms)
            self.is_over = self.wall is None
            return
        if self.wall.look() and now_ms < self.until_ms:
            return
        self.wall.pull(now_ms)
        self.wall.episode.clean = self.wall.fill < _FREE_SHARE
        self.is_over = True


class Parts:
    """A play of which every part has its time."""

    def __init__(self, name: str, parts: Sequence[_Part]) -> None:
        self._name = name
        self._parts = parts

    def step(self, now_ms: int) -> bool:
        """Place and pull what is due."""
        for part in self._parts:
            part.step(self._name, now_ms)
        return not all(part.is_over for part in self._parts)


@dataclass(frozen=True, slots=True)
class _Cue:
    at_ms: int
    make: Callable[[Sequence[Member], Side, int], Play]


class Programme:
    """The schedule of a coin: in every cycle of the leader's actors a wall on all markets, a copy
    and an order that moves, on the side that is defended, away from the takers."""

    def __init__(self, rng: random.Random, start_ms: int, place: int) -> None:
        """`place`: the leader's position in its watch list."""
        self._rng = rng
        self._start_ms = start_ms
        self._place = place
        self._cycle = -1
        self._cues: list[_Cue] = []
        self._active: list[Play] = []

    def step(self, members: Sequence[Member], now_ms: int) -> None:
        """Start what is due and step all."""
        if len(members) < 2:
            return
        cycle = (now_ms - self._start_ms) // CYCLE_MS
        if cycle != self._cycle:
            self._cycle = cycle
            self._cues = [
                self._cue(cycle, 4.0, self._wall),
                self._cue(cycle, 19.0, self._copied),
                self._cue(cycle, 30.0, self._moved),
            ]
        side = defended_side(cycle, self._place)
        while self._cues and self._cues[0].at_ms <= now_ms:
            self._active.append(self._cues.pop(0).make(members, side, now_ms))
        self._active = [play for play in self._active if play.step(now_ms)]

    def _cue(
        self, cycle: int, at_s: float, make: Callable[[Sequence[Member], Side, int], Play]
    ) -> _Cue:
        return _Cue(self._start_ms + cycle * CYCLE_MS + int(at_s * 1_000), make)

    def _wall(self, members: Sequence[Member], side: Side, now_ms: int) -> Play:
        order = self._order(members[0].desk, side, 5.5)
        until_ms = now_ms + self._rng.randint(11_000, 13_000)
        parts = [
            _Part(
                member,
                self._like(order),
                now_ms + self._rng.randint(0, 700),
                until_ms + self._rng.randint(0, 400),
            )
            for member in members
        ]
        return Parts("joint wall", parts)

    def _copied(self, members: Sequence[Member], side: Side, now_ms: int) -> Play:
        first, second = self._rng.sample(members, 2)
        order = self._order(members[0].desk, side, 6.5)
        until_ms = now_ms + self._rng.randint(8_000, 9_000)
        later_ms = now_ms + self._rng.randint(2_000, 5_000)
        return Parts(
            "copied wall",
            [
                _Part(first, order, now_ms, until_ms),
                _Part(second, self._like(order), later_ms, until_ms + 1_500),
            ],
        )

    def _moved(self, members: Sequence[Member], side: Side, now_ms: int) -> Play:
        first, second = self._rng.sample(members, 2)
        order = self._order(members[0].desk, side, 7.0)
        until_ms = now_ms + self._rng.randint(3_500, 5_500)
        later_ms = until_ms + self._rng.randint(150, 700)
        return Parts(
            "moved wall",
            [
                _Part(first, order, now_ms, until_ms),
                _Part(second, self._like(order), later_ms, later_ms + 4_000),
            ],
        )

    def _order(self, leader: Desk, side: Side, distance_bps: float) -> _Order:
        away = distance_bps + self._rng.uniform(-0.4, 0.4)
        tick = leader.touch + side.outward * round(away * leader.spec.ticks_per_bps)
        # Large among the walls: several that stand at one time raise the adaptive threshold.
        low, high = leader.spec.wall_usd
        return _Order(side, tick * leader.spec.tick, self._rng.uniform((low + high) / 2, high))

    def _like(self, order: _Order) -> _Order:
        """Return an order of nearly the same size, as a trader of several venues would place it."""
        return _Order(order.side, order.price, order.usd * self._rng.uniform(0.94, 1.06))
