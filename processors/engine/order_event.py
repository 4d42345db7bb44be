"""A tracked order as the event that people and programs read."""

from typing import Any

from processors.engine.order import TrackedOrder
from processors.engine.quantity import from_units
from schemas.record import symbol_key
from schemas.settings import EngineSettings
from schemas.signals import (
    Classification,
    CloseReason,
    LargeOrderEvent,
    OrderEventKind,
    Tier,
)


def order_id(venue: str, symbol: str, order: TrackedOrder) -> str:
    """Return the identity of an order: the same on every replay, readable by people."""
    return f"{symbol_key(venue, symbol)}:{order.side}:{order.price!r}:{order.first_seen}"


def order_event(
    venue: str,
    symbol: str,
    order: TrackedOrder,
    kind: OrderEventKind,
    reason: CloseReason | None,
    closed_at: int | None,
    now: int,
    received_us: int,
    observations: int,
    last_seen: int,
    spoof_score: float,
    evidence: dict[str, Any],
    settings: EngineSettings,
) -> LargeOrderEvent:
    """Return the event of one step of `order` at `now` (ms)."""
    identity = order_id(venue, symbol, order)
    max_value_usd = order.price * from_units(order.maximum)
    whale = max_value_usd >= settings.threshold.absolute_usd
    return LargeOrderEvent.model_construct(
        venue=venue,
        symbol=symbol,
        event_id=f"{identity}#{order.sequence}",
        event_time=now,
        received_us=received_us,
        order_id=identity,
        sequence=order.sequence,
        kind=kind,
        side=order.side,
        price=order.price,
        state=order.state(reason),
        close_reason=reason,
        tier=Tier.WHALE if whale else Tier.LARGE,
        threshold_usd=order.threshold_usd,
        first_seen=order.first_seen,
        last_seen=last_seen,
        closed_at=closed_at,
        observations=observations,
        lifetime_ms=(closed_at or now) - order.first_seen,
        birth_known=order.birth_known,
        initial_qty=from_units(order.initial),
        current_qty=from_units(order.current),
        max_qty=from_units(order.maximum),
        value_usd=order.value_usd,
        max_value_usd=max_value_usd,
        added_qty=from_units(order.added),
        traded_qty=from_units(order.traded),
        cancelled_qty=from_units(order.cancelled),
        hidden_traded_qty=from_units(order.hidden),
        fill_ratio=order.fill_ratio,
        impact_ratio=order.impact,
        impact_ratio_side=order.impact_side,
        max_impact_ratio=order.max_impact,
        distance_bps_open=order.distance_open,
        distance_bps_min=order.distance_min,
        distance_bps=order.distance,
        refill_count=order.refills,
        is_persistent=order.persistent,
        is_spoof=order.classification is Classification.SPOOF,
        was_consumed=order.fill_ratio >= settings.classify.sweep_fill_ratio,
        is_iceberg=order.refills >= settings.lifecycle.iceberg_refills,
        classification=order.classification,
        spoof_score=spoof_score,
        evidence=evidence,
        settings_version=settings.version,
    )
