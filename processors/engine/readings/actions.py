"""Scores and the final action: what the orders, the flow and the open interest add up to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from math import fsum
from typing import Any, NamedTuple, Protocol

import msgspec

from schemas.settings import ActionSettings
from schemas.signals import Classification, FinalAction, Side

BULLISH = (Classification.SWEEP_BUY, Classification.DEFENSIVE_BUY)
BEARISH = (Classification.SWEEP_SELL, Classification.DEFENSIVE_SELL)
SWEEPS = (Classification.SWEEP_BUY, Classification.SWEEP_SELL)


class Counts(Protocol):
    """An order that counts."""

    @property
    def classification(self) -> Classification:
        """What it was taken for."""

    @property
    def relevance(self) -> float:
        """How much it counts, in [0, 1]."""


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """An order with how much it counts, in [0, 1]."""

    side: Side
    classification: Classification
    is_heavy: bool
    """Its impact reaches the limit."""
    relevance: float


class ActionInputs(NamedTuple):
    """All that the final action of a symbol depends on, at one moment."""

    open_orders: list[Weighed]
    closed: Sequence[Counts]
    """The orders closed within the action memory."""
    spoof_count: int
    cvd_usd: float
    oi_change: float | None
    price_change: float | None
    """Change of mid over the action memory; None before there is any."""
    cvd_z: float
    oi_z: float
    delta_z: float


class ActionReading(NamedTuple):
    """The action with its scores."""

    final_action: FinalAction
    buy_score: float
    sell_score: float
    smart_score: float
    lead: float
    """Buy score - sell score."""


def read_action(inputs: ActionInputs, settings: ActionSettings) -> ActionReading:
    """Weigh the inputs as `docs/detection.md` describes."""
    bid: list[float] = []
    ask: list[float] = []
    every: Iterable[Counts] = chain(inputs.closed, inputs.open_orders)
    for order in every:
        found = order.classification
        if found in BULLISH or found in BEARISH:
            score = settings.sweep_score if found in SWEEPS else settings.defensive_score
            (bid if found in BULLISH else ask).append(score * order.relevance)
    for order in inputs.open_orders:
        if order.is_heavy:
            points = bid if order.side is Side.BID else ask
            points.append(settings.open_order_score * order.relevance)
    buy, sell = fsum(bid), fsum(ask)
    if inputs.cvd_usd > 0:
        buy += settings.cvd_score
    elif inputs.cvd_usd < 0:
        sell += settings.cvd_score
    oi_rises = inputs.oi_change is not None and inputs.oi_change > 0
    if oi_rises and buy > sell:
        buy += settings.oi_score
    elif oi_rises and sell > buy:
        sell += settings.oi_score
    lead = buy - sell
    action = _decide(inputs, lead, settings)
    return ActionReading(action, buy, sell, _smart_score(inputs, lead, action), lead)


def evidence_of(inputs: ActionInputs, reading: ActionReading) -> dict[str, Any]:
    """Return what led to a reading."""
    classes = Counter(
        order.classification
        for order in (*inputs.closed, *inputs.open_orders)
        if order.classification in BULLISH or order.classification in BEARISH
    )
    heavy = Counter(order.side for order in inputs.open_orders if order.is_heavy)
    return {
        "classes": dict(sorted(classes.items())),
        "heavy_bids": heavy[Side.BID],
        "heavy_asks": heavy[Side.ASK],
        "spoof_count": inputs.spoof_count,
        "cvd_usd": inputs.cvd_usd,
        "oi_change": inputs.oi_change,
        "price_change": inputs.price_change,
        "lead": reading.lead,
    }


def _decide(inputs: ActionInputs, lead: float, settings: ActionSettings) -> FinalAction:
    if inputs.spoof_count >= settings.manipulation_spoofs:
        return FinalAction.MANIPULATION
    classes = {order.classification for order in (*inputs.closed, *inputs.open_orders)}
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
