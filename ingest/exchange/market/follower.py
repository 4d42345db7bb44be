"""The price of a market that follows another market of its coin."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ingest.exchange.dialect import DIALECTS
from schemas.settings import VenueName

_NOISE_BPS: Final = 0.25
"""Its own noise, bps per square root of a second."""
_FADING_PER_S: Final = 1.5
"""Rate at which its own noise and the impact of its own takers fade."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a venue's markets differ from the first one of the coin."""

    lag_ms: int
    """How much later its price moves."""
    basis_bps: float
    """Its price against the other one."""

    def against(self, other: "Habits") -> "Habits":
        """Return the same, seen from another venue."""
        return Habits(self.lag_ms - other.lag_ms, self.basis_bps - other.basis_bps)


def habits_of(venue: VenueName) -> Habits:
    """Return those of a venue, seen from the one that leads all others."""
    dialect = DIALECTS[venue]
    return Habits(dialect.lag_ms, dialect.basis_bps)


class Follower:
    """A price of its own, near the leader's."""

    def __init__(
        self, name: str, seed: str, habits: Habits, leader_price: Callable[[int], float]
    ) -> None:
        """`name` is that of the market, `venue:symbol`; `habits` are seen from the leader, whose
        price at a time (ms) `leader_price` gives."""
        self.name = name
        self._habits = habits
        self._leader_price = leader_price
        self._rng = random.Random(f"{seed}:{name}:price")
        self._apart = 0.0
        """Own noise and impact, quote currency."""
        self._before = 0.0

    def price(self, price: float, now_ms: int, step_s: float) -> float:
        """Return the fair price; `price`: the last one and what its own takers did to it."""
        leading = self._leader_price(now_ms - self._habits.lag_ms)
        if self._before:
            self._apart += price - self._before
        self._apart -= self._apart * min(1.0, _FADING_PER_S * step_s)
        self._apart += self._rng.gauss(0.0, _NOISE_BPS * 1e-4 * leading * step_s**0.5)
        return leading * (1 + self._habits.basis_bps * 1e-4) + self._apart

    def stands(self, price: float) -> None:
        """Take in where the price came to stand, which walls may have kept from the fair one."""
        self._before = price
