"""The life of a large resting order."""

from enum import StrEnum
from typing import Any, ClassVar, Final

from schemas.signals.signal import Signal


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
    """How a tracked order ended. `book_reset`, `evicted`, `unexplained` and `lost_view` say nothing
    about the trader."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    SHRUNK = "shrunk"
    BOOK_RESET = "book_reset"
    EVICTED = "evicted"
    UNEXPLAINED = "unexplained"
    """Gone while trades were missing or late: filled or cancelled, nobody can say."""
    LOST_VIEW = "lost_view"
    """It left the window of levels that the venue shows, and did not come back in time."""


PULLED: Final = (CloseReason.CANCELLED, CloseReason.SHRUNK)
"""The reasons that say the trader took the order away."""


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


LURES: Final = (Classification.SPOOF, Classification.MANIPULATION)
"""The classes that accuse somebody."""
DEFENSIVE: Final = (Classification.DEFENSIVE_BUY, Classification.DEFENSIVE_SELL)
"""The classes of a wall that stands."""


class LargeOrderEvent(Signal):
    """One step in the life of a tracked price level, with its whole state after that step.

    Quantities (base) obey initial + added - traded - cancelled - unexplained = current at every
    event.
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
    """traded_qty / max_qty; equals fill_min."""
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
    unexplained_qty: float = 0.0
    """Quantity that vanished while trades were missing or late: traded or cancelled."""
    fill_min: float = 0.0
    """The least that was filled: traded_qty / max_qty."""
    fill_max: float = 0.0
    """The most that can have been filled: (traded + hidden_traded + unexplained) / max_qty."""
    absorbed_ratio: float = 0.0
    """Taker volume that it stood against: (traded + hidden_traded) / max_qty; can exceed 1."""
    parent_order_id: str | None = None
    """The order that it was put on top of, on the same level."""
    levels: int = 1
    """Price levels that it stands on: more than one for a cluster, whose quantities are sums."""
    price_low: float = 0.0
    price_high: float = 0.0
    """Its lowest and its highest level; both the price where it stands on one."""
    chain_id: str = ""
    """order_id of the first of the orders that follow each other; its own where it is alone."""
    chain_length: int = 1
    """Number of this order in its chain."""
    chain_first_seen: int = 0
    spoof_probability: float = 0.0
    """That it was a lure, given the evidence; 0 unless it was pulled. spoof_score is the same."""
    path_ratio: float = 0.0
    """value / (value + notional of its side between mid and its price)."""
    suggestion: str | None = None
    """A trade beside the wall in words, or why there is none; never advice. None, as the next six,
    unless it stands as DEFENSIVE_* and `risk.max_loss_usd` is set."""
    suggested_entry: float | None = None
    """Price of a limit order; None, as the next four, where there is nothing to suggest."""
    suggested_invalidation: float | None = None
    """Price from which on the wall has not held."""
    suggested_qty: float | None = None
    suggested_exit: float | None = None
    """Mean price at which the quantity would leave through the book of this moment from the
    invalidation on."""
    suggested_loss_usd: float | None = None
    """What would be lost there, fee and slippage included."""
    max_loss_usd: float | None = None
    """The setting at this moment."""
    p_filled_10s: float | None = None
    """Probability that takers take at least half of what stands within 10 s. None, as the next
    four, unless it stands and `engine.fate.model` tells it."""
    p_filled_60s: float | None = None
    p_pulled_10s: float | None = None
    """The same of at least half being taken away."""
    p_pulled_60s: float | None = None
    fate_model_version: str | None = None
