"""How the notional of a side lies around mid: within distances, and by price bucket."""

from typing import NamedTuple


class Bands(NamedTuple):
    """What of a side is added up. Prices and distances are in quote currency."""

    mid: float
    """No level of the side is better."""
    parts: float
    """Whole parts in which one unit of notional is counted; each level is rounded to them, so that
    sums are exact below 2**53 of them."""
    reaches: list[float]
    """Distances from mid, ascending."""
    step: float
    """Height of a price bucket; bucket n holds the prices from n times that on."""
    low: int
    """The first bucket that is asked for."""
    buckets: int
    """How many are asked for; mid lies in one of them."""


class DepthProfile(NamedTuple):
    """Notional of a side in the parts of the `Bands`."""

    within: list[float]
    """By reach: of the levels up to that far away from mid."""
    by_bucket: list[float]
