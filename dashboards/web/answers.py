"""What the API answers, as models: the source of the schemas in openapi.json.

Answers are made of rows directly; a test compares them with these models.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from schemas.signals import AlertLevel, FinalAction, LargeOrderEvent


class Answer(BaseModel):
    """An answer with exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class ErrorAnswer(Answer):
    """What went wrong; for a wrong parameter with its name and what is allowed."""

    error: str
    parameter: str | None = None
    allowed: list[str | int] | str | None = None


_HIDDEN = {"schema_version", "event_id", "received_us", "sequence"}
_ORDER_FIELDS: dict[str, Any] = {
    name: (field.annotation, ...)
    for name, field in LargeOrderEvent.model_fields.items()
    if name not in _HIDDEN
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
    open_orders: int | None
    cvd_qty: float | None
    oi_change: float | None
    smart_score: float | None
    action_time: int | None


class SymbolHead(Answer):
    """One symbol at its newest event."""

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


class DetectAnswer(SymbolHead):
    """One symbol with the evidence."""

    impact_threshold: float
    evidence: dict[str, Any]
    orders: list[ShownOrder]


class HistoryAnswer(Answer):
    """Orders of one symbol, the newest first."""

    venue: str
    symbol: str
    from_ms: int
    to_ms: int
    count: int
    truncated: bool
    """More orders match than `limit` allows."""
    orders: list[Order]


class OrderEvent(Answer):
    """One step of an order's life."""

    sequence: int
    event_time: int
    kind: str
    state: str
    current_qty: float
    traded_qty: float
    added_qty: float
    cancelled_qty: float
    hidden_traded_qty: float
    value_usd: float
    distance_bps: float
    impact_ratio: float
    classification: str


class Hit(Answer):
    """Takers hit the order."""

    time_ms: int
    qty: float
    usd: float


class EvidencePart(Answer):
    """One piece of evidence for a lure."""

    name: str
    words: str
    share: float


class TradeColumns(Answer):
    """Trades by time."""

    time_ms: list[int]
    high: list[float | None]
    low: list[float | None]
    close: list[float | None]
    buy_usd: list[int]
    sell_usd: list[int]


class FlowColumns(TradeColumns):
    """Flow by time; `time_ms` is the start of a bar."""

    open: list[float | None]
    delta_usd: list[int]
    cvd_usd: list[int]
    delta_usd_lt_10k: list[int]
    delta_usd_10k_100k: list[int]
    delta_usd_100k_1m: list[int]
    delta_usd_ge_1m: list[int]
    open_interest: list[float | None]
    oi_change: list[float | None]
    oi_change_pct: list[float | None]
    mark_price: list[float | None]
    funding_rate: list[float | None]


class OrderAnswer(Answer):
    """One order: its life, the trades that hit it, and the flow around it."""

    order: Order
    words: list[str]
    evidence_parts: list[EvidencePart]
    events: list[OrderEvent]
    hits: list[Hit]
    flow: FlowColumns
    flow_step_ms: int


class HeatColumn(Answer):
    """The book at one time."""

    time_ms: int
    mid: float | None
    low: int
    net_usd: list[int]


class Heat(Answer):
    """The book by price and time; item i of a column begins at (low + i) x bucket."""

    bucket: float | None
    columns: list[HeatColumn]


class Wall(Answer):
    """A large order as a bar by price and time."""

    order_id: str
    side: str
    price: float
    state: str
    close_reason: str | None
    first_seen: int
    closed_at: int | None
    lifetime_ms: int
    classification: str
    max_value_usd: float
    value_usd: float
    max_impact_ratio: float
    fill_ratio: float
    is_persistent: bool
    is_spoof: bool


class FateColumns(Answer):
    """What was filled and pulled of large orders, by time."""

    time_ms: list[int]
    bid_filled_usd: list[int]
    ask_filled_usd: list[int]
    bid_pulled_usd: list[int]
    ask_pulled_usd: list[int]


class MarketAnswer(Answer):
    """The chart of one symbol's book."""

    venue: str
    symbol: str
    now_ms: int
    from_ms: int
    step_ms: int
    heat: Heat
    trades: TradeColumns
    walls: list[Wall]
    fates: FateColumns


class FlowAnswer(Answer):
    """The flow of one symbol."""

    venue: str
    symbol: str
    now_ms: int
    from_ms: int
    step_ms: int
    bars: FlowColumns


class SmartReading(Answer):
    """The reading of a closed quarter."""

    venue: str
    symbol: str
    event_time: int
    final_action: FinalAction
    confidence: float
    is_smart_money: bool
    source: str
    price_change_pct: float
    cvd_z: float
    oi_change_pct: float | None
    reasons: list[str]
    evidence: dict[str, Any]


class PastReading(SmartReading):
    """A reading with the flow of its quarter."""

    delta_usd: int | None
    volume_usd: int | None


class Quarter(Answer):
    """The running quarter so far."""

    start_ms: int
    end_ms: int
    until_ms: int
    price_change_pct: float | None
    delta_usd: int
    volume_usd: int
    oi_change_pct: float | None


class ActionPoint(Answer):
    """A final action."""

    event_time: int
    final_action: FinalAction
    buy_score: float
    sell_score: float
    smart_score: float


class SmartSymbol(Answer):
    """What the large money does at one symbol."""

    venue: str
    symbol: str
    now_ms: int
    action: FinalAction
    smart_score: float | None
    reading: SmartReading | None
    quarter: Quarter | None
    actions: list[ActionPoint]


class SmartMoneyAnswer(Answer):
    """The newest readings."""

    symbols: list[SmartSymbol]


class SmartMoneyHistoryAnswer(Answer):
    """Readings, the newest first."""

    count: int
    readings: list[PastReading]


class AlertRow(Answer):
    """One alert."""

    event_id: str
    venue: str
    symbol: str
    event_time: int
    rule: str
    level: AlertLevel
    message: str


class AlertsAnswer(Answer):
    """Alerts, the newest first."""

    alerts: list[AlertRow]


class Stream(Answer):
    """One stream of the venue; counts are over the last 24 h."""

    venue: str
    symbol: str
    stream: str
    state: str
    reason: str
    changed_ms: int
    gaps: int
    silences: int
    downs: int


class HealthColumns(Answer):
    """Figures of the last hour."""

    time_ms: list[int]
    lag: list[int | None]
    p50_ms: list[float | None]
    p99_ms: list[float | None]
    records_per_s: list[float | None]
    rss_mb: list[float | None]
    insert_ms: list[float | None]


class HealthAnswer(Answer):
    """How the pipeline is."""

    pipeline: dict[str, Any]
    streams: list[Stream]
    alerts: list[AlertRow]
    history: HealthColumns
    notifications: dict[str, Any]
    weight_limit: int
    """REST weight that ingest may use in a minute."""


class SettingsAnswer(Answer):
    """Settings in force; secrets are masked."""

    name: str
    value: Any
    writable: bool


class StatusWord(Answer):
    """A word."""

    status: str


class AnyObject(BaseModel):
    """An object whose fields other parts define."""

    model_config = ConfigDict(extra="allow")


class LiveAnswer(Answer):
    """A frame of each view."""

    frames: list[dict[str, Any]]
