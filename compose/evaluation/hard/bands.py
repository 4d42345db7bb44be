"""Where a person could not say: the limits of the class table with a band around each.

A story inside a band is reported and not scored. The labels follow sections 2 and 3 of the class
table for what an actor did, with its true quantities; no figure of a detector is looked at.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from schemas.signals import Classification, Side

UNKNOWN: Final = Classification.UNKNOWN
SIZE: Final = (0.9, 1.05)
"""Multiples of the threshold of the untouched tape: below it is not large, above it is."""
FILL_PULLED: Final = (0.17, 0.40)
"""Share that takers got of an order which was then pulled: below it is untraded, above swept."""
FILL_STOOD: Final = (0.25, 0.50)
"""The same of an order that stood for long and still shows most of itself."""
ABSORBED: Final = (0.4, 0.7)
"""Sizes that an order stood against although it was refilled: above them it is a defence."""
YOUNG_MS: Final = (2_700, 3_300)
PERSISTENT_MS: Final = (9_500, 10_500)
CAME: Final = (0.4, 0.65)
"""Share of its distance by which the price came before the pull, in excess of what the price
wanders by itself: above it the pull is a reaction to the price."""
NEAR_BPS: Final = (20.0, 30.0)
"""Beyond the second one an order is away from the market."""

SWEPT: Final = {Side.ASK: Classification.SWEEP_BUY, Side.BID: Classification.SWEEP_SELL}
DEFENDED: Final = {Side.ASK: Classification.DEFENSIVE_SELL, Side.BID: Classification.DEFENSIVE_BUY}


class Reading(NamedTuple):
    """What a person may call a story."""

    accepted: tuple[Classification, ...]
    doubt: str = ""


def size_doubt(multiples: tuple[float, float, float]) -> str:
    """Return "" for a size that is clearly large (smallest, at its placing and largest multiple of
    the threshold over its life), "small" for one that clearly is not, else the doubt."""
    least, first, most = multiples
    if most < SIZE[0]:
        return "small"
    if first >= SIZE[1] and least >= SIZE[0]:
        return ""
    return "size about the threshold"


def stood(side: Side, life_ms: float, fill: float) -> Reading:
    """Return the reading of an order that was tested and then taken back without haste."""
    if fill >= FILL_STOOD[1]:
        return Reading((SWEPT[side],))
    if fill >= FILL_STOOD[0]:
        return Reading((DEFENDED[side],), "half eaten")
    if life_ms < PERSISTENT_MS[0]:
        return Reading((UNKNOWN,), "" if fill < FILL_PULLED[0] else "neither stood nor swept")
    doubt = "" if life_ms >= PERSISTENT_MS[1] else "age about that of a defence"
    return Reading((DEFENDED[side],), doubt)


def pulled(side: Side, life_ms: float, fill: float, came: float, bps: float) -> Reading:
    """Return the reading of an order that was pulled; `came` is the price's approach, `bps` the
    distance when it was placed."""
    if fill >= FILL_PULLED[1]:
        return Reading((SWEPT[side],))
    if fill >= FILL_PULLED[0]:
        return Reading((Classification.SPOOF,), "partly filled")
    if life_ms >= PERSISTENT_MS[0]:
        return _old(side, life_ms, came)
    if bps > NEAR_BPS[1]:
        return Reading((UNKNOWN,))
    if bps > NEAR_BPS[0]:
        return Reading((Classification.SPOOF,), "at the edge of the market")
    if life_ms <= YOUNG_MS[0] or came >= CAME[1]:
        return Reading((Classification.SPOOF,))
    if life_ms <= YOUNG_MS[1]:
        return Reading((Classification.SPOOF,), "age about that of a lure")
    if came >= CAME[0]:
        return Reading((Classification.SPOOF,), "the price came half the way")
    return Reading((UNKNOWN,))


def _old(side: Side, life_ms: float, came: float) -> Reading:
    if life_ms < PERSISTENT_MS[1]:
        return Reading((DEFENDED[side],), "age about that of a defence")
    doubt = "stood for long, pulled as the price came" if came >= CAME[0] else ""
    return Reading((DEFENDED[side],), doubt)
