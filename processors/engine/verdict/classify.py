"""The class table: evaluated top down at every change of a tracked order and at its close."""

from typing import Any, Final, NamedTuple

from processors.engine.orders.order import TrackedOrder
from schemas.settings import ClassifySettings
from schemas.signals import PULLED, Classification, CloseReason, Side


class Situation(NamedTuple):
    """What the class of an order depends on besides the order itself."""

    now: int
    close_reason: CloseReason | None
    """None while it stands."""
    spoof_score: float
    """0 while it stands: a lure is told by its pull."""
    spoofs_near: int
    """SPOOFs on its side within the pattern window and distance, before this one."""
    layered: int
    """Orders of its side pulled within the layering window, this one included if it was."""


class Verdict(NamedTuple):
    """A class with the rule that gave it and the figures the rule looked at."""

    classification: Classification
    evidence: dict[str, Any]


OUTCOME_RULE: Final = "outcome unknown"


def classify(order: TrackedOrder, at: Situation, settings: ClassifySettings) -> Verdict:
    """Return the class of `order` in the situation `at`."""
    is_bid = order.side is Side.BID
    defended = Classification.DEFENSIVE_BUY if is_bid else Classification.DEFENSIVE_SELL
    if order.absorbing and at.close_reason is not CloseReason.FILLED:
        return _verdict(order, at, defended, "absorbs", absorbed_ratio=order.absorbed_ratio)
    # What may have been filled is nobody's lure; what may not have been is nobody's fill.
    untraded = order.fill_max < settings.spoof_fill_ratio
    lure = _lure(order, at, settings)
    if lure is not None and untraded:
        return lure
    if order.fill_ratio >= settings.sweep_fill_ratio:
        swept = Classification.SWEEP_SELL if is_bid else Classification.SWEEP_BUY
        return _verdict(order, at, swept, "consumed by takers")
    # A wall that has stood is not less of one because another entered the top levels beside it.
    if order.persistent and order.max_impact >= settings.impact_ratio:
        return _verdict(order, at, defended, "stands")
    pattern = _pattern(order, at, settings)
    if pattern is not None and untraded:
        return pattern
    may_be_swept = order.unexplained > 0 and order.fill_max >= settings.sweep_fill_ratio
    if lure or pattern or (at.close_reason is not None and may_be_swept):
        return _verdict(order, at, order.classification, OUTCOME_RULE)
    return _verdict(order, at, Classification.UNKNOWN, "none")


def _lure(order: TrackedOrder, at: Situation, settings: ClassifySettings) -> Verdict | None:
    """Return the verdict on a pulled order that looks like a lure if nothing of it was filled."""
    if at.close_reason not in PULLED:
        return None
    if (
        order.birth_known
        and at.now - order.first_seen < settings.spoof_lifetime_ms
        and order.fill_ratio < settings.spoof_fill_ratio
        and order.max_impact >= settings.impact_ratio
    ):
        return _verdict(order, at, Classification.SPOOF, "short-lived and pulled")
    if at.spoof_score >= settings.spoof_score:
        return _verdict(order, at, Classification.SPOOF, "score", spoof_score=at.spoof_score)
    return None


def _pattern(order: TrackedOrder, at: Situation, settings: ClassifySettings) -> Verdict | None:
    """Return the verdict on an order that is part of a campaign if nothing of it was filled."""
    if order.persistent or order.impact < settings.impact_ratio:
        return None
    manipulation = Classification.MANIPULATION
    if at.spoofs_near >= settings.pattern_spoofs:
        return _verdict(order, at, manipulation, "repeated lures", spoofs_near=at.spoofs_near)
    if at.close_reason in PULLED and at.layered >= settings.layering_orders:
        return _verdict(order, at, manipulation, "layering", layered=at.layered)
    return None


def _verdict(
    order: TrackedOrder, at: Situation, classification: Classification, rule: str, **more: float
) -> Verdict:
    figures = {
        "fill_ratio": order.fill_ratio,
        "fill_max": order.fill_max,
        "impact_ratio": order.impact,
        "max_impact_ratio": order.max_impact,
        **more,
    }
    rounded = {name: round(figure, 6) for name, figure in figures.items()}
    lifetime = at.now - order.first_seen
    return Verdict(classification, {"rule": rule, "lifetime_ms": lifetime, **rounded})
