"""Why a pull that looks like a lure may not be called one.

A refusal names its reason, which stands in the evidence of the event.
"""

from enum import StrEnum
from typing import NamedTuple

from processors.engine.verdict.surroundings import Depth, Surroundings
from schemas.settings import InnocenceSettings
from schemas.signals import Side


class Innocence(StrEnum):
    """Reasons not to accuse."""

    BOTH_SIDES_LEFT = "both sides were withdrawn"
    """Both sides lost depth in the same second: somebody left the market."""
    OTHER_SIDE_PULLED = "the same was pulled on the other side"
    TWO_SIDED_CHAIN = "both sides are quoted alike"
    """A market maker's quotes follow the price on both sides."""
    LAYERS_APART = "the layers lie apart"
    PIECEMEAL = "it went piece by piece"
    """A cluster that is a lure is pulled at once; what many hands placed goes as it came."""
    IRRELEVANT = "it adds little to what stands before it"
    FAR = "too far from the market"
    """Nobody has to heed an order that mid does not reach within the time by itself."""


class Withdrawn(NamedTuple):
    """What both sides lost within the same second besides the orders that were pulled, as shares
    of their depth, in [0, 1]."""

    own: float
    other: float


def withdrawn(
    around: Surroundings,
    now: Depth,
    side: Side,
    pulled_usd: tuple[float, float],
    settings: InnocenceSettings,
) -> Withdrawn:
    """Return how much of either side's depth is gone at `now`; the side of the order first, as in
    `pulled_usd`, what was pulled of large orders in this time."""
    since = now.time - settings.withdrawal_ms
    other = Side.ASK if side is Side.BID else Side.BID

    def lost(which: Side, pulled: float) -> float:
        before = around.most(which, since)
        return max(0.0, (before - pulled - now.of(which)) / before) if before > 0 else 0.0

    return Withdrawn(lost(side, pulled_usd[0]), lost(other, pulled_usd[1]))


def refusal(
    loss: Withdrawn,
    is_mirrored: bool,
    quoted_both_sides: bool,
    distance_bps: float,
    reach_bps: float,
    settings: InnocenceSettings,
) -> Innocence | None:
    """Return why a pull may not be called a lure; None if nothing speaks for it.

    `is_mirrored`: an order like it was pulled on the other side within the same second. `reach_bps`
    is how far from mid an order still counts.
    """
    if min(loss) > settings.withdrawal_share:
        return Innocence.BOTH_SIDES_LEFT
    if is_mirrored:
        return Innocence.OTHER_SIDE_PULLED
    if quoted_both_sides:
        return Innocence.TWO_SIDED_CHAIN
    if distance_bps > reach_bps:
        return Innocence.FAR
    return None
