"""What is known of a standing large order at a moment, as the numbers its fate is told from."""

from typing import NamedTuple


class OrderFeatures(NamedTuple):
    """One order at one moment. Never its class: a class may rest on what came later."""

    distance: float
    """log(1 + distance from mid in standard deviations of mid in ten seconds)."""
    age: float
    """log(1 + seconds since it was first seen)."""
    size: float
    """log(value / threshold at its opening)."""
    path: float
    """Its share of what a taker has to take to get through it, in [0, 1]."""
    added: float
    """Added since it was first seen, against the largest quantity shown; at most 3."""
    traded: float
    """The same of what takers took."""
    hidden: float
    """The same of taker volume at its price that the display did not lose."""
    cancelled: float
    """The same of what was taken away."""
    refills: float
    """log(1 + number of refills)."""
    chain: float
    """log(number in its chain); 0 where it is alone."""
    levels: float
    """log(number of levels that it stands on)."""
    imbalance: float
    """(own - other) / (own + other) of the notional of the top levels, in [-1, 1]."""
    flow_toward: float
    """log(1 + notional of takers of its side in the last two seconds / its value)."""
    flow_away: float
    """The same of takers of the other side."""
    spread: float
    """log(1 + spread in standard deviations of mid in ten seconds)."""
    day_sine: float
    """Sine of the time of day, UTC."""
    day_cosine: float
