"""A suggestion loses no more than the amount, and a lot more would."""

from decimal import Decimal
from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from processors.engine.risk.suggestion import (
    NoSuggestion,
    Suggestion,
    Surface,
    Wall,
    loss_of,
    mean_exit,
    suggest,
)
from schemas.market import Level
from schemas.settings import RiskSettings
from schemas.signals import Side

WALL_TICKS = 100_000
DIGITS = st.sampled_from((0, 2, 5))
LADDERS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 10_000)), min_size=1, max_size=8)
AMOUNTS = st.floats(1e-3, 1e6)
LIMITS = st.builds(
    RiskSettings,
    fee_bps=st.floats(0, 20),
    beyond_ticks=st.integers(1, 10),
    beyond_sigmas=st.floats(0, 3),
)


def market(side: Side, ladder: list[tuple[int, int]], digits: int) -> tuple[Wall, list[Level], int]:
    """A wall in a market with ticks of 0.01 and lots of 10 ** -digits, and the levels beyond it."""
    sign = -1 if side is Side.BID else 1
    prices, levels, scale = WALL_TICKS, list[Level](), 10**digits
    for steps, lots in ladder:
        prices += sign * steps
        levels.append((prices / 100, lots / scale))
    wall = WALL_TICKS / 100
    return Wall(side, wall, wall), levels, scale


def surface(wall: Wall, levels: list[Level], scale: int, minute_bps: float) -> Surface:
    """The wall is the best level of its side, and the spread leaves room."""
    away = wall.direction * 0.1
    bid, ask = sorted((wall.near, wall.near + away))
    return Surface(bid, ask, Decimal("0.01"), minute_bps, levels, scale)


@given(st.sampled_from(Side), LADDERS, DIGITS, AMOUNTS, LIMITS, st.floats(0, 5))
def test_the_loss_at_the_invalidation_is_the_largest_that_the_amount_allows(
    side: Side,
    ladder: list[tuple[int, int]],
    digits: int,
    amount: float,
    limits: RiskSettings,
    minute_bps: float,
) -> None:
    wall, levels, scale = market(side, ladder, digits)
    found = suggest(wall, surface(wall, levels, scale, minute_bps), amount, limits)
    if isinstance(found, NoSuggestion):
        return
    beyond = [level for level in levels if (found.invalidation - level[0]) * wall.direction >= 0]
    assert (found.entry - wall.near) * wall.direction > 0
    assert (wall.far - found.invalidation) * wall.direction >= 0.01 * limits.beyond_ticks * 0.999
    assert found.loss_usd <= amount
    assert found.qty == round(found.qty * scale) / scale
    exit_price = mean_exit(beyond, found.qty)
    assert exit_price is not None
    assert isclose(exit_price, found.exit_price, rel_tol=1e-12)
    more = found.qty + 1 / scale
    worse = mean_exit(beyond, more)
    assert (worse is None) is found.is_limited or isclose(more, sum(qty for _, qty in beyond))
    if worse is not None:
        lost = loss_of(wall.direction, found.entry, worse, more, limits.fee_bps)
        assert lost > amount * (1 - 1e-9)


@given(LADDERS, DIGITS, AMOUNTS, st.floats(0, 5))
def test_bids_and_asks_are_alike(
    ladder: list[tuple[int, int]], digits: int, amount: float, minute_bps: float
) -> None:
    """Without the fee, which is a share of prices that differ."""
    found: list[Suggestion | NoSuggestion] = []
    for side in Side:
        wall, levels, scale = market(side, ladder, digits)
        near = surface(wall, levels, scale, minute_bps)
        found.append(suggest(wall, near, amount, RiskSettings(fee_bps=0)))
    bid, ask = found
    assert type(bid) is type(ask)
    if isinstance(bid, Suggestion) and isinstance(ask, Suggestion):
        # A rounded difference of prices may cost the last lot.
        assert abs(bid.qty - ask.qty) <= 1.5 / 10**digits + 1e-9 * bid.qty
        assert isclose(bid.entry + ask.entry, 2 * WALL_TICKS / 100)
        assert isclose(bid.invalidation + ask.invalidation, 2 * WALL_TICKS / 100)
