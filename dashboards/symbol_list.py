"""Which of many symbols a reader sees first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from math import inf
from typing import Any, Final

from dashboards.large_orders import SymbolState
from schemas.units import BPS


class SortBy(StrEnum):
    """What comes first."""

    NAME = "name"
    WALL = "wall"
    """The symbol whose price is nearest to a large order that stands."""
    ACTION = "action"
    """The symbol with the strongest action; those without one follow by their scores."""


def wall_distance_bps(state: SymbolState) -> float:
    """Return how far the nearest open large order is from mid, in bps; infinite without one."""
    mid = state.context["mid"]
    if not mid or not state.has_live_book:
        return inf
    prices = (order["price"] for order in state.orders if order["state"] != "closed")
    return min((abs(price / mid - 1) * BPS for price in prices), default=inf)


def _strength(state: SymbolState) -> tuple[bool, float]:
    scores = (state.summary["buy_score"] or 0.0, state.summary["sell_score"] or 0.0)
    return state.summary["final_action"] == "UNKNOWN", -max(scores)


_ORDER: Final[dict[SortBy, Callable[[SymbolState], Any]]] = {
    SortBy.NAME: lambda _: 0,
    SortBy.WALL: wall_distance_bps,
    SortBy.ACTION: _strength,
}


def first_of(
    states: Iterable[SymbolState], by: SortBy, limit: int | None, symbol: str | None = None
) -> list[SymbolState]:
    """Return the first `limit` states (None: all) by a sort that leaves equal ones by name.

    `symbol`: only those of one symbol.
    """
    wanted = [state for state in states if symbol is None or state.symbol == symbol]
    wanted.sort(key=lambda state: (_ORDER[by](state), state.symbol, state.venue))
    return wanted[:limit]
