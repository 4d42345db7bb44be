"""What volatility alone says of a large move: a random walk with the volatility of late.

The move counts as large against the volatility of the day before; the walk has an exponentially
weighted one. So the baseline is high when the market has lately been more restless than usual.
"""

from math import erfc, sqrt
from typing import Final, NamedTuple

import numpy as np

from dashboards.macro.moves import HORIZON_MIN, SIGMAS
from dashboards.proof.mids import Floats

USUAL_MIN: Final = 24 * 60
"""Minutes that the usual volatility is taken from."""
LEAST_MIN: Final = 120
"""Fewer known minutes say nothing of what is usual."""
HALF_LIFE_MIN: Final = 30
FORGOTTEN_MIN: Final = 20 * HALF_LIFE_MIN
"""A minute that long ago weighs a millionth."""
TERMS: Final = 50
LEAST: Final = 1e-4
"""No probability is nearer to 0 or 1: a forecast is never certain."""


class Volatility(NamedTuple):
    """Standard deviations of an hour's move, bps."""

    usual_bps: float
    late_bps: float


def volatility(moves: Floats) -> Volatility | None:
    """Return the volatility after `moves` of minutes (bps, the newest last; NaN: not known); None
    where too few are known, or nothing moved."""
    usual = moves[-USUAL_MIN:]
    usual = usual[~np.isnan(usual)]
    late = moves[-FORGOTTEN_MIN:]
    known = ~np.isnan(late)
    if len(usual) < LEAST_MIN or not known.any():
        return None
    weights = 0.5 ** (np.arange(len(late))[::-1] / HALF_LIFE_MIN)
    weights, late = weights[known], late[known]
    hour = sqrt(HORIZON_MIN)
    found = Volatility(
        float(np.sqrt((usual**2).mean())) * hour,
        float(np.sqrt((weights * late**2).sum() / weights.sum())) * hour,
    )
    return found if found.usual_bps > 0 and found.late_bps > 0 else None


def baseline(found: Volatility) -> float:
    """Return the probability that a walk with the late volatility leaves SIGMAS times the usual
    one within the horizon, in [LEAST, 1 - LEAST]."""
    return clipped(leaves(SIGMAS * found.usual_bps / found.late_bps))


def leaves(width: float) -> float:
    """Return the probability that a Brownian motion leaves (-width, width) within its unit of time,
    in which its standard deviation is 1."""
    inside = sum(
        (1 - 2 * (k % 2)) * (_below((2 * k + 1) * width) - _below((2 * k - 1) * width))
        for k in range(-TERMS, TERMS + 1)
    )
    return min(1.0, max(0.0, 1.0 - inside))


def clipped(probability: float) -> float:
    """Return a probability that is not certain."""
    return min(1 - LEAST, max(LEAST, probability))


def _below(x: float) -> float:
    return 0.5 * erfc(-x / sqrt(2.0))
