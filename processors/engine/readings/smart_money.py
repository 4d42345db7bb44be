"""The four-quadrant reading of a closed 15-minute bar, merged with the large-order signal."""

from dataclasses import dataclass
from typing import Any

import msgspec

from processors.engine.readings.flow import Bar, Flow, keep, z_score
from schemas.settings import SmartMoneySettings
from schemas.signals import FinalAction

RISING = (FinalAction.ACCUMULATE, FinalAction.MARKUP)
FALLING = (FinalAction.DISTRIBUTION, FinalAction.MARKDOWN)
FLOW_SOURCE, ORDERS_SOURCE, BOTH_SOURCE = "flow", "large_orders", "flow+large_orders"


class QuarterHistory(msgspec.Struct):
    """What is remembered of earlier quarters; lists hold the last z_points, oldest first."""

    bars: int = 0
    cvd: list[float] = []
    price_changes: list[float] = []
    oi_changes: list[float] = []
    open_interest: float | None = None
    """At the end of the last quarter."""
    ema_short: float = 0.0
    ema_long: float = 0.0


@dataclass(frozen=True, slots=True)
class Quarter:
    """The figures of one closed quarter."""

    price_change_pct: float
    cvd_z: float
    oi_change_pct: float | None
    oi_z: float
    price_z: float
    trend: int
    """1: the short average is above the long one; -1: below; 0: too early to tell."""


@dataclass(frozen=True, slots=True)
class OrderSignal:
    """What the large orders say at the end of the quarter."""

    final_action: FinalAction
    buy_score: float
    sell_score: float
    spoof_count: int


@dataclass(frozen=True, slots=True)
class SmartReading:
    """The merged reading."""

    final_action: FinalAction
    confidence: float
    is_smart_money: bool
    source: str
    reasons: list[str]
    evidence: dict[str, Any]


def close_quarter(
    history: QuarterHistory, bar: Bar, flow: Flow, settings: SmartMoneySettings, z_points: int
) -> Quarter | None:
    """Take a closed bar into the history; None for a bar without trades."""
    if bar.open is None or bar.close is None:
        return None
    change = (bar.close - bar.open) / bar.open * 100
    now_oi = flow.poll.open_interest if flow.poll else None
    oi_change = None
    if now_oi is not None and history.open_interest:
        oi_change = (now_oi - history.open_interest) / history.open_interest * 100
        keep(history.oi_changes, oi_change, z_points)
    if now_oi is not None:
        history.open_interest = now_oi
    keep(history.cvd, flow.cvd_usd(), z_points)
    keep(history.price_changes, change, z_points)
    history.ema_short = _ema(history.ema_short, bar.close, settings.ema_short, history.bars)
    history.ema_long = _ema(history.ema_long, bar.close, settings.ema_long, history.bars)
    history.bars += 1
    trend = 0
    if history.bars >= settings.ema_long:
        trend = 1 if history.ema_short > history.ema_long else -1
    return Quarter(
        price_change_pct=change,
        cvd_z=z_score(history.cvd),
        oi_change_pct=oi_change,
        oi_z=z_score(history.oi_changes) if oi_change is not None else 0.0,
        price_z=z_score(history.price_changes),
        trend=trend,
    )


def read_quarter(
    quarter: Quarter, orders: OrderSignal, settings: SmartMoneySettings
) -> SmartReading:
    """Return the quadrant of `quarter` merged with what the large orders say."""
    action = _quadrant(quarter, settings)
    confidence = _confidence(quarter, action, settings)
    reasons = [
        f"price {quarter.price_change_pct:+.3f} %",
        f"CVD z {quarter.cvd_z:+.2f}",
        f"OI {quarter.oi_change_pct:+.3f} %" if quarter.oi_change_pct is not None else "OI unknown",
        f"flow says {action}",
        f"orders say {orders.final_action}",
    ]
    action, confidence, source, why = _merge(action, confidence, orders, settings)
    evidence = {
        "oi_z": quarter.oi_z,
        "price_z": quarter.price_z,
        "trend": quarter.trend,
        "buy_score": orders.buy_score,
        "sell_score": orders.sell_score,
        "spoof_count": orders.spoof_count,
    }
    known = action not in (FinalAction.UNKNOWN, FinalAction.MANIPULATION)
    return SmartReading(
        action,
        confidence,
        known and confidence >= settings.minimum_confidence,
        source,
        [*reasons, why],
        evidence,
    )


def _quadrant(quarter: Quarter, settings: SmartMoneySettings) -> FinalAction:
    change, oi = quarter.price_change_pct, quarter.oi_change_pct
    if oi is None:
        return FinalAction.UNKNOWN
    cvd_up, cvd_down = quarter.cvd_z > settings.cvd_z, quarter.cvd_z < -settings.cvd_z
    if oi > 0 and cvd_up and change > settings.move_pct:
        return FinalAction.MARKUP
    if oi > 0 and cvd_up and -settings.move_pct <= change <= settings.flat_pct:
        return FinalAction.ACCUMULATE
    if oi > 0 and cvd_down and -settings.flat_pct <= change <= settings.move_pct:
        return FinalAction.DISTRIBUTION
    if oi < 0 and cvd_down and change < -settings.move_pct:
        return FinalAction.MARKDOWN
    return FinalAction.UNKNOWN


def _confidence(quarter: Quarter, action: FinalAction, settings: SmartMoneySettings) -> float:
    if action is FinalAction.UNKNOWN:
        return 0.0
    confidence = (
        settings.cvd_weight * min(1.0, abs(quarter.cvd_z) / settings.z_scale)
        + settings.oi_weight * min(1.0, abs(quarter.oi_z) / settings.z_scale)
        + settings.price_weight * min(1.0, abs(quarter.price_z) / settings.z_scale)
    )
    aligned = quarter.trend == (1 if action in RISING else -1)
    return min(settings.confidence_cap, confidence * (settings.trend_factor if aligned else 1.0))


def _merge(
    action: FinalAction, confidence: float, orders: OrderSignal, settings: SmartMoneySettings
) -> tuple[FinalAction, float, str, str]:
    said = orders.final_action
    if said is FinalAction.UNKNOWN:
        return action, confidence, FLOW_SOURCE, "orders are silent"
    if _direction(said) == _direction(action) != 0:
        merged = min(settings.confidence_cap, confidence * settings.agreement_factor)
        return action, merged, BOTH_SOURCE, "orders agree"
    strong = orders.buy_score + orders.sell_score > settings.strong_score
    if strong or orders.spoof_count > 0:
        return said, settings.strong_confidence, ORDERS_SOURCE, "strong orders lead"
    if action is FinalAction.UNKNOWN:
        return action, 0.0, FLOW_SOURCE, "orders alone are too weak"
    return FinalAction.UNKNOWN, 0.0, BOTH_SOURCE, "orders and flow disagree"


def _direction(action: FinalAction) -> int:
    return (action in RISING) - (action in FALLING)


def _ema(before: float, value: float, length: int, seen: int) -> float:
    """Return the exponential average; the plain mean of all while fewer than `length` are seen."""
    weight = max(2 / (length + 1), 1 / (seen + 1))
    return before + weight * (value - before)
