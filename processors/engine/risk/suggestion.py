"""How much a trade beside a wall may be, so that it loses no more than a given amount if the wall
does not hold.

Entry: a limit order one tick before the wall, or at its price where the spread leaves no room.
Invalidation: beyond the farthest level of the wall by the larger of `beyond_ticks` ticks and
`beyond_sigmas` standard deviations of mid in a minute, in whole ticks. Size: what can leave through
the levels that stand at or beyond the invalidation now, for a loss of `max_loss_usd` with the fee
on both ways, in whole lots, rounded down.
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal
from math import floor
from typing import Final, NamedTuple

from processors.engine.plain_sum import plain_sum
from schemas.market import Level
from schemas.settings import RiskSettings
from schemas.signals import Side
from schemas.units import BPS

ROUNDING: Final = 1e-9
"""Share of a quantity that may be missing in a sum of doubles."""


class Wall(NamedTuple):
    """Where a wall stands, quote currency."""

    side: Side
    near: float
    """Its level nearest to mid."""
    far: float
    """Its level farthest from mid; both are one where it stands on one level."""

    @property
    def direction(self) -> int:
        """+1: what leans on it buys; -1: it sells."""
        return 1 if self.side is Side.BID else -1


class Surface(NamedTuple):
    """What the market shows around the wall."""

    bid: float
    ask: float
    tick: Decimal
    minute_bps: float
    """Standard deviation of mid in a minute."""
    levels: Iterable[Level]
    """(price, base quantity) of the wall's side from the best one outwards; read once."""
    lots_per_base: int


class Suggestion(NamedTuple):
    """A trade beside a wall. Prices in quote currency, the quantity in base."""

    entry: float
    invalidation: float
    qty: float
    exit_price: float
    """Mean price of the levels that the quantity would leave through at the invalidation."""
    loss_usd: float
    """What would be lost there, fee and slippage included."""
    is_limited: bool
    """The known levels beyond the invalidation hold no more."""


class NoSuggestion(NamedTuple):
    """Why there is none, in words."""

    reason: str


def suggest(
    wall: Wall, surface: Surface, max_loss_usd: float, limits: RiskSettings
) -> Suggestion | NoSuggestion:
    """Return the trade beside `wall` that loses at most `max_loss_usd` if it does not hold."""
    entry, invalidation = _entry(wall, surface), _invalidation(wall, surface, limits)
    if invalidation <= 0:
        return NoSuggestion("the invalidation would lie at no price")
    way_out = _way_out(wall, surface, (entry, invalidation), max_loss_usd, limits.fee_bps)
    lots = plain_sum(taken for _, taken in way_out.taken)
    if not lots:
        return NoSuggestion(
            "no levels are known beyond the invalidation"
            if way_out.is_limited
            else f"one lot ({1 / surface.lots_per_base:.12g}) may lose more than the amount"
        )
    qty = lots / surface.lots_per_base
    exit_price = plain_sum(price * (taken / lots) for price, taken in way_out.taken)
    loss_usd = loss_of(wall.direction, entry, exit_price, qty, limits.fee_bps)
    # The mean is rounded, the sum that it is made of was not too large.
    loss_usd = min(loss_usd, max_loss_usd)
    return Suggestion(entry, invalidation, qty, exit_price, loss_usd, way_out.is_limited)


def mean_exit(levels: Iterable[Level], qty: float) -> float | None:
    """Return the mean price at which a base quantity leaves through `levels`, from the best one
    outwards; None where they hold less."""
    left, paid = qty, 0.0
    for price, available in levels:
        taken = min(left, available)
        paid += taken * price
        left -= taken
        if left <= ROUNDING * qty:
            return paid / qty
    return None


def loss_of(direction: int, entry: float, exit_price: float, qty: float, fee_bps: float) -> float:
    """Return what a trade lost with the fee on both ways, quote currency; negative: a gain."""
    return qty * (direction * (entry - exit_price) + fee_bps / BPS * (entry + exit_price))


class _WayOut(NamedTuple):
    taken: list[tuple[float, int]]
    """(price, lots) of each level that the quantity would leave through."""
    is_limited: bool
    """The known levels hold no more."""


def _entry(wall: Wall, surface: Surface) -> float:
    near = Decimal(repr(wall.near))
    before = near + wall.direction * surface.tick
    across = Decimal(repr(surface.ask if wall.direction > 0 else surface.bid))
    return float(before if (across - before) * wall.direction > 0 else near)


def _invalidation(wall: Wall, surface: Surface, limits: RiskSettings) -> float:
    noise = Decimal(limits.beyond_sigmas * surface.minute_bps / BPS * wall.far)
    ticks = max(limits.beyond_ticks, int((noise / surface.tick).to_integral_value(ROUND_CEILING)))
    return float(Decimal(repr(wall.far)) - wall.direction * ticks * surface.tick)


def _way_out(
    wall: Wall, surface: Surface, prices: tuple[float, float], max_loss_usd: float, fee_bps: float
) -> _WayOut:
    """Return what can leave through the levels at or beyond the invalidation before the loss is
    used up; `prices` are entry and invalidation."""
    (entry, invalidation), left_usd, scale = prices, max_loss_usd, surface.lots_per_base
    taken: list[tuple[float, int]] = []
    for price, qty in surface.levels:
        if (invalidation - price) * wall.direction < 0:
            continue
        unit_usd = loss_of(wall.direction, entry, price, 1.0, fee_bps)
        available, affordable = round(qty * scale), floor(left_usd / unit_usd * scale)
        # The quotient may have been rounded up to the next whole number.
        while affordable and affordable / scale * unit_usd > left_usd:
            affordable -= 1
        lots = min(available, affordable)
        if lots:
            taken.append((price, lots))
        if lots < available:
            return _WayOut(taken, False)
        left_usd -= lots / scale * unit_usd
    return _WayOut(taken, True)
