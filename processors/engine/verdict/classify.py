"""The class table: evaluated top down at every change of a tracked order and at its close."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from processors.engine.orders.order import TrackedOrder
from processors.engine.verdict.innocence import Innocence
from schemas.settings import ClassifySettings
from schemas.signals import LURES, PULLED, Classification, CloseReason, Side


class Situation(NamedTuple):
    """What the class of an order depends on besides the order itself."""

    now: int
    close_reason: CloseReason | None
    """None while it stands."""
    probability: float
    """Of a lure; 0 while it stands: a lure is told by its pull."""
    limit: float
    """From which probability on it is one."""
    spoofs_near: int
    """SPOOFs on its side within the pattern window and distance, before this one."""
    layered: int
    """Orders of its side pulled within the layering window and the pattern distance, this one
    included if it was."""
    layered_anywhere: int
    """The same whatever the distance."""
    chain_links: int
    """How many links make a chain a manipulation."""
    refusal: Callable[[], Innocence | None]
    """Why it may not be accused; asked for only when it would be."""


class Verdict(NamedTuple):
    """A class with the rule that gave it and the figures the rule looked at."""

    classification: Classification
    evidence: dict[str, Any]


OUTCOME_RULE: Final = "outcome unknown"
CHAIN_RULE: Final = "chain"
LAYERING_RULE: Final = "layering"
PROBABILITY_RULE: Final = "probability"
NO_RULE: Final = "none"


def classify(order: TrackedOrder, at: Situation, settings: ClassifySettings) -> Verdict:
    """Return the class of `order` in the situation `at`."""
    is_bid = order.side is Side.BID
    defended = Classification.DEFENSIVE_BUY if is_bid else Classification.DEFENSIVE_SELL
    if order.absorbing and at.close_reason is not CloseReason.FILLED:
        return _verdict(order, at, defended, "absorbs", absorbed_ratio=order.absorbed_ratio)
    # What may have been filled is nobody's lure; what may not have been is nobody's fill.
    untraded = order.fill_max < settings.spoof_fill_ratio
    refused: dict[str, str] = {}
    lure = _lure(order, at, settings)
    if lure is not None and untraded:
        if (reason := at.refusal()) is None:
            return lure
        refused = _refused(reason, lure)
    if order.fill_ratio >= settings.sweep_fill_ratio:
        swept = Classification.SWEEP_SELL if is_bid else Classification.SWEEP_BUY
        return _verdict(order, at, swept, "consumed by takers", refused)
    # A wall that has stood is not less of one because another entered the top levels beside it.
    if order.persistent and order.max_impact >= settings.impact_ratio:
        return _verdict(order, at, defended, "stands", refused)
    pattern = None if refused else _pattern(order, at, settings)
    if pattern is not None and untraded:
        reason = Innocence.LAYERS_APART if _lie_apart(pattern, at, settings) else at.refusal()
        if reason is None:
            return pattern
        return _verdict(order, at, Classification.UNKNOWN, NO_RULE, _refused(reason, pattern))
    may_be_swept = order.unexplained > 0 and order.fill_max >= settings.sweep_fill_ratio
    if not refused and (lure or pattern or (at.close_reason is not None and may_be_swept)):
        return _verdict(order, at, without_accusation(order), OUTCOME_RULE)
    return _verdict(order, at, Classification.UNKNOWN, NO_RULE, refused)


def without_accusation(order: TrackedOrder) -> Classification:
    """Return the class of an order whose outcome nobody knows: what it was, but for a lure."""
    accused = order.classification in LURES
    return Classification.UNKNOWN if accused else order.classification


def _lure(order: TrackedOrder, at: Situation, settings: ClassifySettings) -> Verdict | None:
    """Return the verdict on an order that looks like a lure if nothing of it was filled: a link of
    a chain while it stands, too, and any other once it was pulled."""
    length = order.link.length if order.link else 1
    if length >= at.chain_links and not order.persistent:
        return _verdict(order, at, Classification.MANIPULATION, CHAIN_RULE, chain_length=length)
    if at.close_reason not in PULLED:
        return None
    if order.layers >= settings.layering_orders and _came_and_went(order, settings):
        manipulation = Classification.MANIPULATION
        return _verdict(order, at, manipulation, LAYERING_RULE, layered=order.layers)
    if (
        _came_and_went(order, settings)
        and at.now - order.first_seen < settings.spoof_lifetime_ms
        and order.fill_ratio < settings.spoof_fill_ratio
        and at.probability >= settings.spoof_young_probability
    ):
        return _verdict(order, at, Classification.SPOOF, "short-lived and pulled")
    if _is_layer(order, at, settings):
        manipulation, layers = Classification.MANIPULATION, at.layered
        return _verdict(order, at, manipulation, LAYERING_RULE, layered=layers)
    if at.probability >= at.limit:
        return _verdict(order, at, Classification.SPOOF, PROBABILITY_RULE, limit=at.limit)
    return None


def _pattern(order: TrackedOrder, at: Situation, settings: ClassifySettings) -> Verdict | None:
    """Return the verdict on an order that is part of a campaign if nothing of it was filled."""
    if order.persistent or order.impact < settings.impact_ratio:
        return None
    manipulation = Classification.MANIPULATION
    if at.spoofs_near >= settings.pattern_spoofs and (
        at.close_reason not in PULLED or at.probability >= settings.pattern_probability
    ):
        return _verdict(order, at, manipulation, "repeated lures", spoofs_near=at.spoofs_near)
    if at.close_reason in PULLED and at.layered_anywhere >= settings.layering_orders:
        return _verdict(order, at, manipulation, LAYERING_RULE, layered=at.layered)
    return None


def _is_layer(order: TrackedOrder, at: Situation, settings: ClassifySettings) -> bool:
    """Tell whether enough orders near a pulled one, heavy together, went with it."""
    return at.layered >= settings.layering_orders and (
        not order.persistent and at.layered * order.impact >= settings.impact_ratio
    )


def _came_and_went(order: TrackedOrder, settings: ClassifySettings) -> bool:
    """Tell whether an order was heavy near the market and did not stand for long."""
    return (
        order.birth_known
        and not order.persistent
        and order.distance_open <= settings.pattern_bps
        and order.max_impact >= settings.impact_ratio
    )


def _lie_apart(pattern: Verdict, at: Situation, settings: ClassifySettings) -> bool:
    """Tell whether too few of the layers lie near each other."""
    return pattern.evidence["rule"] == LAYERING_RULE and at.layered < settings.layering_orders


def _refused(reason: Innocence, accusation: Verdict) -> dict[str, str]:
    return {"refused": reason.value, "refused_rule": accusation.evidence["rule"]}


def _verdict(
    order: TrackedOrder,
    at: Situation,
    classification: Classification,
    rule: str,
    refused: dict[str, str] | None = None,
    **more: float,
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
    evidence = {"rule": rule, "lifetime_ms": lifetime, **rounded, **(refused or {})}
    return Verdict(classification, evidence)
