"""Large orders."""

from __future__ import annotations

from typing import Any

from pydantic import create_model

from dashboards.queries.now import ORDER_COLUMNS
from dashboards.web.answers.base import Age, Answer
from schemas.signals import FinalAction, LargeOrderEvent

_ORDER_FIELDS: dict[str, Any] = {
    name: (LargeOrderEvent.model_fields[name].annotation, ...) for name in ORDER_COLUMNS
}
_SHOWN: dict[str, Any] = {"age_ms": (int, ...), "closed_ago_ms": (int | None, ...)}

Order = create_model("Order", __base__=Answer, **_ORDER_FIELDS)
"""A large order as in the history: see the table large_orders."""
ShownOrder = create_model("ShownOrder", __base__=Order, **_SHOWN)
"""A large order with its ages in market time, ms."""
BriefOrder = create_model(
    "BriefOrder",
    __base__=Answer,
    **{name: field for name, field in {**_ORDER_FIELDS, **_SHOWN}.items() if name != "evidence"},
)
"""A large order without evidence."""


class Summary(Answer):
    """The eight summary values."""

    final_action: FinalAction
    buy_score: float | None
    sell_score: float | None
    cvd_usd: float | None
    open_interest: float | None
    oi_change_pct: float | None
    spoof_count: int
    last_update: int


class Context(Answer):
    """For orientation."""

    mid: float | None
    spread_bps: float | None
    obi: float | None
    book_is_valid: bool | None
    threshold_usd: float | None
    quote: str
    """Currency of the prices, as far as the symbol's name tells."""
    quote_usd: float | None
    """USD for one unit of it; None: unknown, amounts named usd are in it."""
    open_orders: int | None
    cvd_qty: float | None
    oi_change: float | None
    smart_score: float | None
    action_time: int | None
    last_action: FinalAction | None
    """The newest final action, whether it still holds or not."""


class SymbolHead(Age):
    """One symbol at its newest event; no final action is given where it is not live."""

    venue: str
    symbol: str
    now_ms: int
    summary: Summary
    context: Context


class SymbolStatus(SymbolHead):
    """One symbol with its orders."""

    orders: list[BriefOrder]


class StatusAnswer(Answer):
    """All symbols."""

    impact_threshold: float
    symbols: list[SymbolStatus]


class KnownSymbol(Age):
    """A symbol that the store knows."""

    venue: str
    symbol: str
    now_ms: int


class SymbolsAnswer(Answer):
    """The symbols, without figures."""

    symbols: list[KnownSymbol]


class DetectAnswer(SymbolHead):
    """One symbol with the evidence."""

    impact_threshold: float
    evidence: dict[str, Any]
    orders: list[ShownOrder]


class HistoryAnswer(Age):
    """Orders of one symbol, the newest first; what was open when it stopped is open there."""

    venue: str
    symbol: str
    from_ms: int
    to_ms: int
    count: int
    truncated: bool
    """More orders match than `limit` allows."""
    orders: list[Order]


class EvidencePart(Answer):
    """One piece of evidence for a lure."""

    name: str
    words: str
    share: float


class OrderAnswer(Age):
    """One order in words; the panels of the board wallwatch-order draw it."""

    order: Order
    words: list[str]
    evidence_parts: list[EvidencePart]
    from_ms: int
    """Begin and end of the time that says all about it: give them to its panels."""
    to_ms: int
