"""Scores and the final action: what the orders, the flow and the open interest add up to."""

from typing import Any, NamedTuple

from processors.engine.orders.order import TrackedOrder
from schemas.settings import ActionSettings, ClassifySettings
from schemas.signals import Classification, FinalAction, Side

BULLISH = {Classification.SWEEP_BUY, Classification.DEFENSIVE_BUY}
BEARISH = {Classification.SWEEP_SELL, Classification.DEFENSIVE_SELL}
SWEEPS = {Classification.SWEEP_BUY, Classification.SWEEP_SELL}


class ActionInputs(NamedTuple):
    """All that the final action of a symbol depends on, at one moment."""

    open_orders: list[TrackedOrder]
    closed: list[Classification]
    """Classes of the orders closed within the action memory."""
    spoof_count: int
    cvd_usd: float
    oi_change: float | None
    price_change: float | None
    """Change of mid over the action memory; None before there is any."""
    cvd_z: float
    oi_z: float
    delta_z: float


class ActionReading(NamedTuple):
    """The action with its scores and what led to it."""

    final_action: FinalAction
    buy_score: float
    sell_score: float
    smart_score: float
    evidence: dict[str, Any]


def read_action(
    inputs: ActionInputs, settings: ActionSettings, classify: ClassifySettings
) -> ActionReading:
    """Weigh the inputs as `docs/detection.md` describes."""
    counts: dict[str, int] = {}
    buy = sell = 0.0
    classes = [*inputs.closed, *(order.classification for order in inputs.open_orders)]
    for classification in classes:
        if classification in BULLISH or classification in BEARISH:
            is_sweep = classification in SWEEPS
            points = settings.sweep_score if is_sweep else settings.defensive_score
            counts[classification] = counts.get(classification, 0) + 1
            if classification in BULLISH:
                buy += points
            else:
                sell += points
    heavy = [o for o in inputs.open_orders if o.impact >= classify.impact_ratio]
    heavy_bids = sum(order.side is Side.BID for order in heavy)
    buy += settings.open_order_score * heavy_bids
    sell += settings.open_order_score * (len(heavy) - heavy_bids)
    if inputs.cvd_usd > 0:
        buy += settings.cvd_score
    elif inputs.cvd_usd < 0:
        sell += settings.cvd_score
    oi_rises = inputs.oi_change is not None and inputs.oi_change > 0
    if oi_rises and buy > sell:
        buy += settings.oi_score
    elif oi_rises and sell > buy:
        sell += settings.oi_score
    action = _decide(inputs, buy - sell, settings)
    evidence = {
        "classes": dict(sorted(counts.items())),
        "heavy_bids": heavy_bids,
        "heavy_asks": len(heavy) - heavy_bids,
        "spoof_count": inputs.spoof_count,
        "cvd_usd": inputs.cvd_usd,
        "oi_change": inputs.oi_change,
        "price_change": inputs.price_change,
        "lead": buy - sell,
    }
    return ActionReading(action, buy, sell, _smart_score(inputs, buy - sell, action), evidence)


def _decide(inputs: ActionInputs, lead: float, settings: ActionSettings) -> FinalAction:
    if inputs.spoof_count >= settings.manipulation_spoofs:
        return FinalAction.MANIPULATION
    classes = {*inputs.closed, *(order.classification for order in inputs.open_orders)}
    change = inputs.price_change or 0.0
    if lead >= settings.lead:
        swept = Classification.SWEEP_BUY in classes and change > 0
        return FinalAction.MARKUP if swept else FinalAction.ACCUMULATE
    if lead <= -settings.lead:
        swept = Classification.SWEEP_SELL in classes and change < 0
        return FinalAction.MARKDOWN if swept else FinalAction.DISTRIBUTION
    return FinalAction.UNKNOWN


LEAD_SCALE = 5.0
"""A lead of this much, and a z-score of Z_SCALE, count as 1 in the smart score."""
Z_SCALE = 3.0


def _smart_score(inputs: ActionInputs, lead: float, action: FinalAction) -> float:
    """Return the weighted mean of orders and z-scores in [-1, 1], halved under MANIPULATION."""
    score = (
        0.4 * _clip(lead / LEAD_SCALE)
        + 0.3 * _clip(inputs.cvd_z / Z_SCALE)
        + 0.2 * _clip(inputs.oi_z / Z_SCALE)
        + 0.1 * _clip(inputs.delta_z / Z_SCALE)
    )
    return score / 2 if action is FinalAction.MANIPULATION else score


def _clip(value: float) -> float:
    return max(-1.0, min(1.0, value))
