"""Derived signals: the values of the `signals.*` topics and the rows of the ClickHouse tables.

The field order of a model is the column order of its table. Times are event times in ms; `usd`
means the quote currency. Every signal has a stable `event_id` derived from its content, so writing
one twice changes nothing.
"""

from enum import StrEnum
from typing import Any, ClassVar, Literal

from schemas.record import Record


class Side(StrEnum):
    """Side of the book."""

    BID = "bid"
    ASK = "ask"


class OrderEventKind(StrEnum):
    """What happened to a tracked order."""

    OPENED = "opened"
    CHANGED = "changed"
    PERSISTENT = "persistent"
    RECLASSIFIED = "reclassified"
    CLOSED = "closed"


class OrderState(StrEnum):
    """Where a tracked order is in its life."""

    OPEN = "open"
    PERSISTENT = "persistent"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """How a tracked order ended. `book_reset` and `evicted` say nothing about the trader."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    SHRUNK = "shrunk"
    BOOK_RESET = "book_reset"
    EVICTED = "evicted"


class Tier(StrEnum):
    """Size tier: `whale` reaches the absolute threshold, `large` only the adaptive one."""

    LARGE = "large"
    WHALE = "whale"


class Classification(StrEnum):
    """What the order turned out to be."""

    DEFENSIVE_BUY = "DEFENSIVE_BUY"
    DEFENSIVE_SELL = "DEFENSIVE_SELL"
    SWEEP_BUY = "SWEEP_BUY"
    SWEEP_SELL = "SWEEP_SELL"
    SPOOF = "SPOOF"
    MANIPULATION = "MANIPULATION"
    UNKNOWN = "UNKNOWN"


class FinalAction(StrEnum):
    """What the large money is doing."""

    ACCUMULATE = "ACCUMULATE"
    MARKUP = "MARKUP"
    DISTRIBUTION = "DISTRIBUTION"
    MARKDOWN = "MARKDOWN"
    MANIPULATION = "MANIPULATION"
    UNKNOWN = "UNKNOWN"


class Signal(Record):
    """A derived value with a stable identity and a table of its own."""

    table: ClassVar[str]
    """ClickHouse view that people read; rows are written to `<table>_rows`."""

    event_id: str
    event_time: int
    received_us: int
    """Receive time of the frame that led to the signal; the only field outside the comparison of
    two runs over the same market data."""


class LargeOrderEvent(Signal):
    """One step in the life of a tracked price level, with its whole state after that step.

    Quantities (base) obey initial + added - traded - cancelled = current at every event.
    """

    table: ClassVar[str] = "large_order_events"

    order_id: str
    sequence: int
    """Number of the event in the order's life, from 0; event_id is `order_id#sequence`."""
    kind: OrderEventKind
    side: Side
    price: float
    state: OrderState
    close_reason: CloseReason | None
    tier: Tier
    threshold_usd: float
    """Threshold in force when the order was opened."""
    first_seen: int
    last_seen: int
    closed_at: int | None
    observations: int
    """Depth updates of the symbol applied while the level stood."""
    lifetime_ms: int
    birth_known: bool
    """False where the level was first seen outside the band the book is known for."""
    initial_qty: float
    current_qty: float
    max_qty: float
    value_usd: float
    max_value_usd: float
    added_qty: float
    traded_qty: float
    cancelled_qty: float
    hidden_traded_qty: float
    """Taker volume at the price beyond what the displayed level lost (orders not in the feed)."""
    fill_ratio: float
    """traded_qty / max_qty."""
    impact_ratio: float
    """value / notional of the top 50 levels of both sides."""
    impact_ratio_side: float
    """value / notional of the top 50 levels of its own side."""
    max_impact_ratio: float
    distance_bps_open: float
    distance_bps_min: float
    distance_bps: float
    refill_count: int
    is_persistent: bool
    is_spoof: bool
    was_consumed: bool
    is_iceberg: bool
    classification: Classification
    spoof_score: float
    evidence: dict[str, Any]
    settings_version: str


class FlowBar(Signal):
    """Order flow of one closed bar, from real trades."""

    table: ClassVar[str] = "flow"

    interval_ms: int
    """1,000, 60,000 or 900,000. event_time is the bar's start."""
    open: float | None
    """First trade price; None in a bar without trades."""
    high: float | None
    low: float | None
    close: float | None
    buy_qty: float
    sell_qty: float
    buy_usd: float
    sell_usd: float
    delta_qty: float
    """buy_qty - sell_qty of this bar."""
    delta_usd: float
    cvd_qty: float
    """Cumulative delta over the rolling window (4 h by default) at the bar's end."""
    cvd_usd: float
    trade_count: int
    late_trades: int
    """Trades that arrived out of order; in the CVD, never in an order's life."""
    delta_usd_lt_10k: float
    """Delta of trades below 10,000 USD; the next three split the rest by trade size."""
    delta_usd_10k_100k: float
    delta_usd_100k_1m: float
    delta_usd_ge_1m: float
    open_interest: float | None
    """Last poll at the bar's end; None before the first poll."""
    oi_change: float | None
    """Change of that poll against the poll before; None while there is no poll before."""
    oi_change_pct: float | None
    mark_price: float | None
    funding_rate: float | None


class BookMetrics(Signal):
    """State of the book at the end of one second."""

    table: ClassVar[str] = "book_1s"

    is_valid: bool
    """False while the book waits for a snapshot; the figures are then None or empty."""
    bid: float | None
    bid_qty: float | None
    ask: float | None
    ask_qty: float | None
    mid: float | None
    spread_bps: float | None
    microprice: float | None
    obi: float | None
    """Order-book imbalance of the top 20 levels in [-1, 1]; positive: bids are heavier."""
    depth_bps: list[float]
    """Distances from mid of the next two lists, bps."""
    bid_depth_usd: list[float]
    ask_depth_usd: list[float]
    heat_prices: list[float]
    """Lower price of each heat bucket that holds anything, ascending."""
    heat_bid_usd: list[float]
    heat_ask_usd: list[float]
    bid_levels: int
    ask_levels: int
    open_orders: int
    threshold_usd: float
    flicker_count: int
    """Levels in this second that passed the threshold and vanished within the minimum lifetime."""


class ActionSignal(Signal):
    """What the evidence on a symbol adds up to."""

    table: ClassVar[str] = "actions"

    kind: Literal["action"] = "action"
    final_action: FinalAction
    buy_score: float
    sell_score: float
    smart_score: float
    cvd_usd: float
    open_interest: float | None
    oi_change_pct: float | None
    spoof_count: int
    """SPOOF closings in the last 60 s."""
    mid: float | None
    evidence: dict[str, Any]
    settings_version: str


class SmartMoney(Signal):
    """The four-quadrant reading of a 15-minute bar, merged with the large orders."""

    table: ClassVar[str] = "smart_money"

    kind: Literal["smart_money"] = "smart_money"
    final_action: FinalAction
    confidence: float
    is_smart_money: bool
    source: str
    price_change_pct: float
    cvd_z: float
    oi_change_pct: float | None
    reasons: list[str]
    evidence: dict[str, Any]
    settings_version: str
    preliminary: bool = False
    """True: of a bar that still runs, from its beginning to event_time. Once a minute."""


class AlertLevel(StrEnum):
    """How urgent an alert is."""

    WATCH = "WATCH"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class Alert(Signal):
    """Something a person should look at."""

    table: ClassVar[str] = "alerts"

    rule: str
    """`trap`, `swan` or `feed`."""
    level: AlertLevel
    message: str
    evidence: dict[str, Any]
    settings_version: str
