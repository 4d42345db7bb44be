"""Schedules the actors so that every behaviour recurs.

Cycles last 40 s. In an up cycle an ask wall is swept and a bid defended, in a down cycle the
reverse; the main symbols alternate, so both are always visible.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.exchange.market.actors import (
    Absorbed,
    Actor,
    Defender,
    Flicker,
    InnocentCancel,
    Layerer,
    Spoofer,
)
from ingest.exchange.market.book import Side
from ingest.exchange.market.desk import Desk

CYCLE_MS = 40_000
_JITTER_MS = 800


@dataclass(frozen=True, slots=True)
class _Cue:
    at_ms: int
    make: Callable[[Desk], Actor]


def defended_side(cycle: int, place: int) -> Side:
    """Return the side that is defended in a cycle; the other one is swept.

    `place` is the symbol's position in the watch list; neighbours get opposite cycles.
    """
    return Side.BID if (cycle + place) % 2 == 0 else Side.ASK


class Director:
    """The schedule of one symbol."""

    def __init__(self, desk: Desk, place: int, start_ms: int, leads: bool = True) -> None:
        """`place` is the symbol's position in the watch list; `leads`: whether its actors move the
        price, which on a market that follows another one they do not."""
        self._desk = desk
        self._leads = leads
        self._place = place
        self._start_ms = start_ms
        self._cycle = -1
        self._cues: list[_Cue] = []
        self._active: list[Actor] = []

    def step(self, now_ms: int) -> None:
        """Start the actors that are due and step all."""
        cycle = (now_ms - self._start_ms) // CYCLE_MS
        if cycle != self._cycle:
            self._cycle = cycle
            self._cues = self._programme(cycle)
        while self._cues and self._cues[0].at_ms <= now_ms:
            self._active.append(self._cues.pop(0).make(self._desk))
        if self._active:
            self._active = [actor for actor in self._active if actor.step(self._desk, now_ms)]

    def _programme(self, cycle: int) -> list[_Cue]:
        turn = cycle + self._place
        defended = defended_side(cycle, self._place)
        swept = defended.other
        if not self._leads:
            return self._quiet_programme(cycle, defended)
        cues = [
            self._cue(cycle, 1.0, lambda desk: Defender(desk, defended)),
            self._cue(cycle, 6.0, lambda desk: Flicker(desk, defended)),
            self._cue(cycle, 9.5, lambda desk: Absorbed(desk, swept)),
        ]
        if turn % 2 == 0:
            cues.append(self._cue(cycle, 3.0, lambda desk: Spoofer(desk, swept)))
        if turn % 6 == 2:
            # A second spoof within a minute: a repeated pattern.
            cues.append(self._cue(cycle, 26.0, lambda desk: Spoofer(desk, swept)))
        extra = (cycle // 2 + self._place) % 3
        if extra == 0:
            cues.append(self._cue(cycle, 31.0, lambda desk: InnocentCancel(desk, swept)))
        elif extra == 1:
            cues.append(self._cue(cycle, 28.0, lambda desk: Layerer(desk, swept)))
        elif cycle > 0:
            cues.append(self._cue(cycle, 25.0, lambda desk: Absorbed(desk, swept, refills=2)))
        return sorted(cues, key=lambda cue: cue.at_ms)

    def _quiet_programme(self, cycle: int, defended: Side) -> list[_Cue]:
        """Return the cues of a market that follows: lures and cancels, and no takers."""
        cues = [self._cue(cycle, 22.0, lambda desk: Flicker(desk, defended))]
        if cycle % 2 == 0:
            cues.append(self._cue(cycle, 14.0, lambda desk: Spoofer(desk, defended)))
        else:
            cues.append(self._cue(cycle, 33.0, lambda desk: InnocentCancel(desk, defended)))
        return sorted(cues, key=lambda cue: cue.at_ms)

    def _cue(self, cycle: int, at_s: float, make: Callable[[Desk], Actor]) -> _Cue:
        jitter_ms = self._desk.rng.randint(0, _JITTER_MS)
        return _Cue(self._start_ms + cycle * CYCLE_MS + int(at_s * 1000) + jitter_ms, make)
