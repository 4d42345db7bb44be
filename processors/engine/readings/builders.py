"""The engine's figures as signals: ids, times and rounding in one place."""

from math import isfinite

from processors.engine.book.book import OrderBook
from processors.engine.book.book_metrics import Heat, SideArrays, heat, imbalance, microprice
from processors.engine.book.lot import Lot
from processors.engine.readings.actions import ActionReading
from processors.engine.readings.alerts import Finding
from processors.engine.readings.flow import Bar, Flow
from processors.engine.readings.smart_money import Quarter, SmartReading
from processors.engine.scope import Scope
from schemas.record import SCHEMA_VERSION
from schemas.signals import ActionSignal, Alert, BookMetrics, FlowBar, SmartMoney


def flow_bar(
    scope: Scope, interval_ms: int, bar: Bar, flow: Flow, lot: Lot, received_us: int
) -> FlowBar:
    """Return a closed bar with the CVD and the open interest at its end."""
    sizes = [round(delta, 6) for delta in bar.delta_by_size]
    return FlowBar.trusted(
        {
            "schema_version": SCHEMA_VERSION,
            "venue": scope.venue,
            "symbol": scope.symbol,
            "event_id": f"{scope.key}:flow:{interval_ms}:{bar.start}",
            "event_time": bar.start,
            "received_us": received_us,
            "interval_ms": interval_ms,
            "open": bar.open,
            "high": bar.high,
            "low": bar.low,
            "close": bar.close,
            "buy_qty": lot.qty(bar.buy),
            "sell_qty": lot.qty(bar.sell),
            "buy_usd": round(bar.buy_usd, 6),
            "sell_usd": round(bar.sell_usd, 6),
            "delta_qty": lot.qty(bar.delta),
            "delta_usd": round(bar.delta_usd, 6),
            "cvd_qty": lot.qty(flow.cvd()),
            "cvd_usd": round(flow.cvd_usd(), 6),
            "trade_count": bar.trades,
            "late_trades": bar.late,
            "delta_usd_lt_10k": sizes[0],
            "delta_usd_10k_100k": sizes[1],
            "delta_usd_100k_1m": sizes[2],
            "delta_usd_ge_1m": sizes[3],
            "open_interest": flow.poll.open_interest if flow.poll else None,
            "oi_change": flow.oi_change,
            "oi_change_pct": flow.oi_change_pct,
            "mark_price": flow.poll.mark_price if flow.poll else None,
            "funding_rate": flow.poll.funding_rate if flow.poll else None,
        }
    )


def book_metrics(
    scope: Scope,
    now: int,
    book: OrderBook,
    sides: tuple[SideArrays, SideArrays] | None,
    open_orders: int,
    threshold_usd: float,
    flicker_count: int,
    invalid_reason: str | None,
    received_us: int,
) -> BookMetrics:
    """Return the book at the end of the second that ends at `now` (ms). `sides` (bids, asks) is
    None where there is no usable book."""
    bid, ask = (book.best_bid(), book.best_ask()) if sides else (None, None)
    mid = book.mid() if sides else None
    bands: list[float] = []
    depths: tuple[list[float], list[float]] = ([], [])
    buckets = Heat([], [], [])
    if sides is not None and mid is not None:
        bands = sorted(scope.settings.book.depth_bps)
        reaches = [mid * bps / 10_000 for bps in bands]
        depths = (
            sides[0].depth_usd(reaches, scope.money),
            sides[1].depth_usd(reaches, scope.money),
        )
        buckets = heat(sides[0], sides[1], mid, scope.settings.book, scope.money)
    return BookMetrics.trusted(
        {
            "schema_version": SCHEMA_VERSION,
            "venue": scope.venue,
            "symbol": scope.symbol,
            "event_id": f"{scope.key}:book:{now}",
            "event_time": now,
            "received_us": received_us,
            "is_valid": mid is not None,
            "bid": bid[0] if bid else None,
            "bid_qty": bid[1] if bid else None,
            "ask": ask[0] if ask else None,
            "ask_qty": ask[1] if ask else None,
            "mid": mid,
            "spread_bps": (ask[0] - bid[0]) / mid * 10_000 if bid and ask and mid else None,
            "microprice": microprice(book) if sides else None,
            "obi": imbalance(book, scope.settings.book.obi_levels) if sides else None,
            "depth_bps": bands,
            "bid_depth_usd": depths[0],
            "ask_depth_usd": depths[1],
            "heat_prices": buckets.prices,
            "heat_bid_usd": buckets.bid_usd,
            "heat_ask_usd": buckets.ask_usd,
            "bid_levels": len(book.bids),
            "ask_levels": len(book.asks),
            "open_orders": open_orders,
            # No level is large yet where the book was never seen.
            "threshold_usd": threshold_usd * scope.usd if isfinite(threshold_usd) else 0.0,
            "flicker_count": flicker_count,
            "invalid_reason": invalid_reason,
            "quote_usd": scope.quote_usd,
        }
    )


def action_signal(
    scope: Scope,
    now: int,
    number: int,
    reading: ActionReading,
    flow: Flow,
    spoof_count: int,
    mid: float | None,
    received_us: int,
) -> ActionSignal:
    """Return the reading at `now` (ms); `number` counts the readings of the same millisecond."""
    return ActionSignal(
        venue=scope.venue,
        symbol=scope.symbol,
        event_id=f"{scope.key}:action:{now}:{number}",
        event_time=now,
        received_us=received_us,
        final_action=reading.final_action,
        buy_score=reading.buy_score,
        sell_score=reading.sell_score,
        smart_score=round(reading.smart_score, 6),
        cvd_usd=round(flow.cvd_usd(), 6),
        open_interest=flow.poll.open_interest if flow.poll else None,
        oi_change_pct=flow.oi_change_pct,
        spoof_count=spoof_count,
        mid=mid,
        evidence=reading.evidence,
        settings_version=scope.version,
    )


def smart_money(
    scope: Scope,
    end: int,
    quarter: Quarter,
    reading: SmartReading,
    received_us: int,
    preliminary: bool,
) -> SmartMoney:
    """Return the reading of a quarter of an hour up to `end` (ms)."""
    return SmartMoney(
        venue=scope.venue,
        symbol=scope.symbol,
        event_id=f"{scope.key}:smart_money:{end}",
        event_time=end,
        received_us=received_us,
        final_action=reading.final_action,
        confidence=round(reading.confidence, 6),
        is_smart_money=reading.is_smart_money,
        source=reading.source,
        price_change_pct=round(quarter.price_change_pct, 6),
        cvd_z=round(quarter.cvd_z, 6),
        oi_change_pct=quarter.oi_change_pct,
        reasons=reading.reasons,
        evidence=reading.evidence,
        settings_version=scope.version,
        preliminary=preliminary,
    )


def alert(scope: Scope, now: int, finding: Finding, received_us: int) -> Alert:
    """Return a finding at `now` (ms) as an alert."""
    identity = f"{scope.key}:{finding.identity}"
    return Alert(
        venue=scope.venue,
        symbol=scope.symbol,
        event_id=f"{identity}:{finding.rule}:{finding.level}",
        event_time=now if finding.event_time is None else finding.event_time,
        received_us=received_us,
        rule=finding.rule,
        level=finding.level,
        message=finding.message,
        evidence=finding.evidence,
        settings_version=scope.version,
    )
