"""How the ledger graded the readings behind firings. Pure.

A firing on an order is graded by the order's reading that was told nearest to it: the class of the
closed order, or the class that it held while it stood. A firing on an action by that action.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.rules.watch import Firing


@dataclass(frozen=True, slots=True)
class Grades:
    """What mid did after the readings behind firings, in their direction."""

    horizon_ms: int
    graded: int
    """Firings whose reading has a direction and was graded."""
    favourable: int
    """Of these: mid had moved in the direction."""
    mean_bps: float | None
    """Mean move in the direction, bps."""
    void: int
    """Firings whose reading could not be graded."""
    unread: int
    """Firings without a reading of a direction, or whose horizon is not over."""


def graded(
    firings: Sequence[Firing], outcomes: Iterable[Mapping[str, Any]], horizon_ms: int
) -> Grades:
    """Return the grades of firings; `outcomes` are those of one horizon."""
    of_order: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    by_id: dict[str, Mapping[str, Any]] = {}
    for outcome in outcomes:
        by_id[outcome["reading_id"]] = outcome
        of_order[outcome["reading_id"].rpartition("#")[0]].append(outcome)
    returns: list[float] = []
    void = unread = 0
    for firing in firings:
        found = by_id.get(firing.event_id) or min(
            of_order.get(firing.order_id, ()) if firing.order_id else (),
            key=lambda outcome: abs(outcome["told_at"] - firing.time_ms),
            default=None,
        )
        if found is None:
            unread += 1
        elif found["void_reason"] is not None:
            void += 1
        elif found["return_bps"] is None:
            unread += 1
        else:
            returns.append(found["return_bps"])
    mean_bps = sum(returns) / len(returns) if returns else None
    favourable = sum(value > 0 for value in returns)
    return Grades(horizon_ms, len(returns), favourable, mean_bps, void, unread)
