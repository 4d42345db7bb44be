"""Order flow in bars."""

from typing import ClassVar

from schemas.signals.signal import Signal


class FlowBar(Signal):
    """Order flow of one closed bar, from real trades.

    A second without trades, in which neither CVD nor open interest changed, has no bar, but for one
    in `FLOW_REPEAT_MS`.
    """

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
