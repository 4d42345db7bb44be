"""The state of a book, second by second."""

from typing import ClassVar

from schemas.signals.signal import Signal


class BookMetrics(Signal):
    """State of the book at the end of one second, and of those after it up to the next one that is
    told: a second in which nothing changed is left out, for `BOOK_REPEAT_MS` at most."""

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
    invalid_reason: str | None = None
    """Why there is no book: the reason of a reset, or the contradiction that was found in it."""
    quote_usd: float | None = 1.0
    """USD for one unit of the quote currency, by which all amounts named usd were reckoned; 1 for a
    dollar; None: unknown, such amounts are in the quote currency."""
