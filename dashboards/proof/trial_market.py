"""What makes a tape of the trials harder to judge than a plain random walk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboards.proof.mids import Floats, Ints

WAKE_S: Final = 60
MOMENTUM_S: Final = 30


@dataclass(frozen=True, slots=True)
class TrialMarket:
    """What differs from a plain walk; by default nothing does."""

    burst_every_s: int = 180
    """A burst of readings of each kind in so many seconds, on average."""
    is_one_sided: bool = False
    """Every reading points up."""
    follows_s: int = 0
    """Not 0: a reading points where mid went in so many seconds before it."""
    jumps_an_hour: float = 0.0
    jump_bps: float = 0.0
    """Standard deviation of a jump."""
    rise_bps: float = 0.0
    """Of a second of mean restlessness; more where it is restless, and so more readings."""
    wake: float = 1.0
    """Steps are so many times larger for WAKE_S after a reading."""
    momentum: float = 0.0
    """Share of the mean step of the last MOMENTUM_S that the next one repeats."""


PLAIN: Final = TrialMarket()


def steps_of(
    market: TrialMarket,
    random: np.random.Generator,
    plain: Floats,
    restless: Floats,
    readings: Sequence[tuple[Ints, Ints]],
) -> Floats:
    """Return the steps of mid, bps, shape (seconds,), made of those of a plain walk."""
    steps: Floats = plain + market.rise_bps * restless / restless.mean()
    if market.jumps_an_hour:
        jumped = random.random(len(steps)) < market.jumps_an_hour / 3_600
        steps = steps + jumped * random.standard_normal(len(steps)) * market.jump_bps
    if market.wake != 1.0:
        awake = np.zeros(len(steps), dtype=bool)
        for times, _ in readings:
            for time in times:
                awake[time + 1 : time + 1 + WAKE_S] = True
        steps = np.where(awake, market.wake * steps, steps)
    if market.momentum:
        for second in range(MOMENTUM_S, len(steps)):
            steps[second] += market.momentum * steps[second - MOMENTUM_S : second].mean()
    return steps
