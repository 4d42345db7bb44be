"""A tracked order as the event that people and programs read."""

from typing import Any, NamedTuple

from processors.engine.fate.forecast import FateFields
from processors.engine.orders.order import TrackedOrder
from processors.engine.risk.beside_wall import SuggestedFields
from processors.engine.scope import Scope
from schemas.record import SCHEMA_VERSION
from schemas.signals import (
    Classification,
    CloseReason,
    LargeOrderEvent,
    OrderEventKind,
    Tier,
)


class Closing(NamedTuple):
    """How and when an order ended."""

    reason: CloseReason
    closed_at: int
    probability: float
    """That it was a lure; 0 where it was not pulled."""


def order_id(scope: Scope, order: TrackedOrder) -> str:
    """Return the identity of an order: the same on every replay, readable by people."""
    shape = ":cluster" if order.pieces else ""
    return f"{scope.key}:{order.side}:{order.price!r}:{order.first_seen}{shape}"


def order_event(
    scope: Scope,
    order: TrackedOrder,
    kind: OrderEventKind,
    now: int,
    updates: int,
    last_seen: int,
    evidence: dict[str, Any],
    closing: Closing | None,
    received_us: int,
    suggested: SuggestedFields,
    fate: FateFields,
) -> LargeOrderEvent:
    """Return the event of one step of `order` at `now` (ms), `updates` depth updates into the
    engine's life; `closing` is None while the order stands."""
    settings, usd, identity = scope.settings, scope.usd, order_id(scope, order)
    reason = closing.reason if closing else None
    max_value = order.price * order.qty(order.maximum)
    prices, link = order.prices(), order.link
    probability = closing.probability if closing else 0.0
    whale = max_value >= settings.threshold.absolute_usd
    return LargeOrderEvent.trusted(
        {
            "schema_version": SCHEMA_VERSION,
            "venue": scope.venue,
            "symbol": scope.symbol,
            "event_id": f"{identity}#{order.sequence}",
            "event_time": now,
            "received_us": received_us,
            "order_id": identity,
            "sequence": order.sequence,
            "kind": kind,
            "side": order.side,
            "price": order.price,
            "state": order.state(reason),
            "close_reason": reason,
            "tier": Tier.WHALE if whale else Tier.LARGE,
            "threshold_usd": order.threshold_usd * usd,
            "first_seen": order.first_seen,
            "last_seen": last_seen,
            "closed_at": closing.closed_at if closing else None,
            "observations": order.observations(updates),
            "lifetime_ms": (closing.closed_at if closing else now) - order.first_seen,
            "birth_known": order.birth_known,
            "initial_qty": order.qty(order.initial),
            "current_qty": order.qty(order.current),
            "max_qty": order.qty(order.maximum),
            "value_usd": order.value_usd * usd,
            "max_value_usd": max_value * usd,
            "added_qty": order.qty(order.added),
            "traded_qty": order.qty(order.traded),
            "cancelled_qty": order.qty(order.cancelled),
            "hidden_traded_qty": order.qty(order.hidden),
            "fill_ratio": order.fill_ratio,
            "impact_ratio": order.impact,
            "impact_ratio_side": order.impact_side,
            "max_impact_ratio": order.max_impact,
            "distance_bps_open": order.distance_open,
            "distance_bps_min": order.distance_min,
            "distance_bps": order.distance,
            "refill_count": order.refills,
            "is_persistent": order.persistent,
            "is_spoof": order.classification is Classification.SPOOF,
            "was_consumed": order.fill_ratio >= settings.classify.sweep_fill_ratio,
            "is_iceberg": order.absorbing or order.refills >= settings.lifecycle.iceberg_refills,
            "classification": order.classification,
            "spoof_score": probability,
            "evidence": evidence,
            "settings_version": scope.version,
            "unexplained_qty": order.qty(order.unexplained),
            "fill_min": order.fill_ratio,
            "fill_max": order.fill_max,
            "absorbed_ratio": order.absorbed_ratio,
            "parent_order_id": order.parent_id,
            "levels": len(prices),
            "price_low": min(prices),
            "price_high": max(prices),
            "chain_id": link.chain_id if link else identity,
            "chain_length": link.length if link else 1,
            "chain_first_seen": link.first_seen if link else order.first_seen,
            "spoof_probability": probability,
            "path_ratio": order.path_ratio,
            **suggested._asdict(),
            **fate._asdict(),
        }
    )
