"""The engine's figures as signals: ids, times and rounding in one place."""

from math import isfinite

from processors.engine.book.book import OrderBook
from processors.engine.book.book_metrics import Depth, Heat, depth, imbalance, microprice
from processors.engine.book.lot import Lot
from processors.engine.readings.actions import ActionInputs, ActionReading, evidence_of
from processors.engine.readings.alerts import Finding
from processors.engine.readings.flow import Bar, Flow
from processors.engine.readings.smart_money import Quarter, SmartReading
from processors.engine.readings.told import BookSecond
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
    second: BookSecond,
    flicker_count: int,
    received_us: int,
) -> BookMetrics:
    """Return the book at the end of the second that ends at `now` (ms)."""
    threshold_usd = second.threshold_usd
    mid, settings = book.mid(), scope.settings.book
    bid, ask = (None, None) if mid is None else (book.best_bid(), book.best_ask())
    around = Depth([], [], Heat([], [], []))
    if mid is not None:
        around = depth(book, mid, settings, scope.money)
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
            "microprice": microprice(book),
            "obi": None if mid is None else imbalance(book, settings.obi_levels),
            "depth_bps": [] if mid is None else sorted(settings.depth_bps),
            "bid_depth_usd": around.bid_usd,
            "ask_depth_usd": around.ask_usd,
            "heat_prices": around.heat.prices,
            "heat_bid_usd": around.heat.bid_usd,
            "heat_ask_usd": around.heat.ask_usd,
            "bid_levels": second.levels[0],
            "ask_levels": second.levels[1],
            "open_orders": second.open_orders,
            # No level is large yet where the book was never seen.
            "threshold_usd": threshold_usd * scope.usd if isfinite(threshold_usd) else 0.0,
            "flicker_count": flicker_count,
            "invalid_reason": second.invalid_reason,
            "quote_usd": second.quote_usd,
        }
    )


def action_signal(
    scope: Scope,
    now: int,
    number: int,
    inputs: ActionInputs,
    reading: ActionReading,
    flow: Flow,
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
        spoof_count=inputs.spoof_count,
        mid=mid,
        evidence=evidence_of(inputs, reading),
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
