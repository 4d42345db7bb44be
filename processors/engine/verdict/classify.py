"""The class table: evaluated top down at every change of a tracked order and at its close."""

from typing import Any, NamedTuple

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


def classify(order: TrackedOrder, at: Situation, settings: ClassifySettings) -> Verdict:
    """Return the class of `order` in the situation `at`."""
    lifetime = at.now - order.first_seen
    fill = order.fill_ratio
    figures: dict[str, Any] = {
        "lifetime_ms": lifetime,
        "fill_ratio": round(fill, 6),
        "impact_ratio": round(order.impact, 6),
        "max_impact_ratio": round(order.max_impact, 6),
    }

    def verdict(classification: Classification, rule: str, **more: Any) -> Verdict:
        return Verdict(classification, {"rule": rule, **figures, **more})

    if at.close_reason in PULLED:
        if (
            order.birth_known
            and lifetime < settings.spoof_lifetime_ms
            and fill < settings.spoof_fill_ratio
            and order.max_impact >= settings.impact_ratio
        ):
            return verdict(Classification.SPOOF, "short-lived and pulled")
        if at.spoof_score >= settings.spoof_score:
            return verdict(Classification.SPOOF, "score", spoof_score=round(at.spoof_score, 6))
    is_bid = order.side is Side.BID
    if fill >= settings.sweep_fill_ratio:
        swept = Classification.SWEEP_SELL if is_bid else Classification.SWEEP_BUY
        return verdict(swept, "consumed by takers")
    heavy = order.impact >= settings.impact_ratio
    # A wall that has stood is not less of one because another entered the top levels beside it.
    if order.persistent and order.max_impact >= settings.impact_ratio:
        defended = Classification.DEFENSIVE_BUY if is_bid else Classification.DEFENSIVE_SELL
        return verdict(defended, "stands")
    if heavy and not order.persistent:
        if at.spoofs_near >= settings.pattern_spoofs:
            return verdict(
                Classification.MANIPULATION, "repeated lures", spoofs_near=at.spoofs_near
            )
        if at.close_reason in PULLED and at.layered >= settings.layering_orders:
            return verdict(Classification.MANIPULATION, "layering", layered=at.layered)
    return verdict(Classification.UNKNOWN, "none")
