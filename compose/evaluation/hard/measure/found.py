"""The engine's large orders of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compose.evaluation.injection.stream import MarketStream
from processors.engine import MarketEngine
from schemas.settings import EngineSettings
from schemas.signals import LURES, PULLED, Classification, CloseReason, LargeOrderEvent, Side


@dataclass(slots=True)
class FoundOrder:
    """One large order as it was told at last. Quantities in base, times in ms."""

    order_id: str
    chain_id: str
    parent_id: str | None
    side: Side
    price: float
    low: float
    high: float
    levels: int
    first_seen: int
    last_seen: int
    """When it was closed; the end of the run where it still stands."""
    reason: CloseReason | None = None
    final: Classification = Classification.UNKNOWN
    was_accused: bool = False
    """At any time, taken back or not."""
    traded: float = 0.0
    most_filled: float = 0.0
    """traded + hidden + unexplained."""
    absorbed: float = 0.0
    """traded + hidden."""
    unexplained: float = 0.0
    largest: float = 0.0
    probability: float = 0.0
    features: dict[str, float] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    """The evidence of its last event but the pieces of the probability."""
    threshold_usd: float = 0.0
    path_ratio: float = 0.0

    @property
    def is_pull(self) -> bool:
        """Whether the engine holds it for pulled."""
        return self.reason in PULLED

    @property
    def accused(self) -> bool:
        """Whether it is accused at last."""
        return self.final in LURES


def orders_of(stream: MarketStream, settings: EngineSettings) -> list[FoundOrder]:
    """Return every large order of a stream, each as it was told at last."""
    engine = MarketEngine(stream.venue, stream.symbol, settings)
    found: dict[str, FoundOrder] = {}
    now = 0
    for record, offset in stream.with_offsets():
        for signal in engine.apply(record, offset):
            if isinstance(signal, LargeOrderEvent):
                _note(found, signal)
                now = max(now, signal.event_time)
    for order in found.values():
        if order.reason is None:
            order.last_seen = max(order.last_seen, now)
    return list(found.values())


def _note(found: dict[str, FoundOrder], event: LargeOrderEvent) -> None:
    order = found.get(event.order_id)
    if order is None:
        order = FoundOrder(
            event.order_id,
            event.chain_id,
            event.parent_order_id,
            event.side,
            event.price,
            event.price_low,
            event.price_high,
            event.levels,
            event.first_seen,
            event.event_time,
            threshold_usd=event.threshold_usd,
        )
        found[event.order_id] = order
    order.chain_id = event.chain_id or event.order_id
    order.low, order.high = min(order.low, event.price_low), max(order.high, event.price_high)
    order.levels = max(order.levels, event.levels)
    order.reason, order.final = event.close_reason, event.classification
    order.last_seen = event.closed_at if event.closed_at is not None else event.event_time
    order.was_accused |= event.classification in LURES
    order.traded, order.unexplained = event.traded_qty, event.unexplained_qty
    order.absorbed = event.traded_qty + event.hidden_traded_qty
    order.most_filled = order.absorbed + event.unexplained_qty
    order.largest = event.max_qty
    order.probability = max(order.probability, event.spoof_probability)
    order.path_ratio = max(order.path_ratio, event.path_ratio)
    evidence: Mapping[str, Any] = event.evidence
    order.features = evidence.get("spoof_evidence", order.features)
    order.told = {name: value for name, value in evidence.items() if name != "spoof_evidence"}
