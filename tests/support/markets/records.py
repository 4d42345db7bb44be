"""Valid records of every stored model, with only the interesting fields named."""

from __future__ import annotations

from typing import Any

from schemas.market import FeedStatus, OpenInterest
from schemas.record import Record
from schemas.signals import (
    ActionSignal,
    Alert,
    BookMetrics,
    CrossAction,
    CrossClock,
    CrossFinding,
    CrossLead,
    CrossSecond,
    FateOutcome,
    FlowBar,
    LargeOrderEvent,
    Outcome,
    Signal,
    SmartMoney,
    SuggestionOutcome,
)

VENUE = "binance_usdm"
START_MS = 1_723_161_256_000
RECEIVED_US = 1_795_000_000_000_000

_SIGNAL: dict[str, Any] = {
    "venue": VENUE,
    "symbol": "BTCUSDT",
    "event_time": START_MS,
    "received_us": RECEIVED_US,
}
_DEFAULTS: dict[type[Signal], dict[str, Any]] = {
    LargeOrderEvent: {
        "order_id": "o1",
        "sequence": 0,
        "kind": "opened",
        "side": "bid",
        "price": 60_000.5,
        "state": "open",
        "close_reason": None,
        "tier": "large",
        "threshold_usd": 5_000_000.0,
        "first_seen": START_MS,
        "last_seen": START_MS,
        "closed_at": None,
        "observations": 1,
        "lifetime_ms": 0,
        "birth_known": True,
        "initial_qty": 100.125,
        "current_qty": 100.125,
        "max_qty": 100.125,
        "value_usd": 6_007_550.0625,
        "max_value_usd": 6_007_550.0625,
        "added_qty": 0.0,
        "traded_qty": 0.0,
        "cancelled_qty": 0.0,
        "hidden_traded_qty": 0.0,
        "fill_ratio": 0.0,
        "impact_ratio": 1.5,
        "impact_ratio_side": 3.0,
        "max_impact_ratio": 1.5,
        "distance_bps_open": 4.0,
        "distance_bps_min": 4.0,
        "distance_bps": 4.0,
        "refill_count": 0,
        "is_persistent": False,
        "is_spoof": False,
        "was_consumed": False,
        "is_iceberg": False,
        "classification": "UNKNOWN",
        "spoof_score": 0.1,
        "evidence": {"short_life": 0.5, "near": None, "pulls": [1, 2]},
        "settings_version": "abc",
    },
    FlowBar: {
        "interval_ms": 1_000,
        "open": None,
        "high": None,
        "low": None,
        "close": None,
        "buy_qty": 0.0,
        "sell_qty": 0.0,
        "buy_usd": 0.0,
        "sell_usd": 0.0,
        "delta_qty": 0.0,
        "delta_usd": 0.0,
        "cvd_qty": 0.0,
        "cvd_usd": 0.0,
        "trade_count": 0,
        "late_trades": 0,
        "delta_usd_lt_10k": 0.0,
        "delta_usd_10k_100k": 0.0,
        "delta_usd_100k_1m": 0.0,
        "delta_usd_ge_1m": 0.0,
        "open_interest": None,
        "oi_change": None,
        "oi_change_pct": None,
        "mark_price": None,
        "funding_rate": None,
    },
    BookMetrics: {
        "is_valid": True,
        "bid": 60_000.0,
        "bid_qty": 1.0,
        "ask": 60_000.1,
        "ask_qty": 2.0,
        "mid": 60_000.05,
        "spread_bps": 0.0166,
        "microprice": 60_000.03,
        "obi": -0.25,
        "depth_bps": [10.0, 25.0],
        "bid_depth_usd": [1e6, 2e6],
        "ask_depth_usd": [3e6, 4e6],
        "heat_prices": [59_970.0, 60_000.0],
        "heat_bid_usd": [5e5, 0.0],
        "heat_ask_usd": [0.0, 7e5],
        "bid_levels": 1_000,
        "ask_levels": 1_000,
        "open_orders": 1,
        "threshold_usd": 5e6,
        "flicker_count": 0,
        "quote_usd": 0.5,
    },
    ActionSignal: {
        "final_action": "ACCUMULATE",
        "buy_score": 3.5,
        "sell_score": 1.0,
        "smart_score": 0.4,
        "cvd_usd": 1e6,
        "open_interest": 80_000.5,
        "oi_change_pct": 0.02,
        "spoof_count": 0,
        "mid": 60_000.05,
        "evidence": {"orders": ["o1"]},
        "settings_version": "abc",
    },
    SmartMoney: {
        "final_action": "MARKUP",
        "confidence": 0.8,
        "is_smart_money": True,
        "source": "quadrant",
        "price_change_pct": 0.7,
        "cvd_z": 1.2,
        "oi_change_pct": None,
        "reasons": ["price up", "CVD up"],
        "evidence": {},
        "settings_version": "abc",
    },
    Alert: {
        "rule": "trap",
        "level": "HIGH",
        "message": "bull trap at 60,000 — pulled",
        "evidence": {"price": 60_000.5},
        "settings_version": "abc",
    },
    Outcome: {
        "reading_id": "o1#3",
        "reading_kind": "order_closed",
        "label": "SPOOF",
        "direction": -1,
        "reading_time": START_MS - 5_000,
        "told_at": START_MS - 5_000,
        "horizon_ms": 5_000,
        "mid_at": 60_000.5,
        "mid_after": 59_994.5,
        "move_bps": -0.999992,
        "return_bps": 0.999992,
        "favourable_bps": 1.2,
        "adverse_bps": 0.0,
        "half_spread_bps_at": 0.01,
        "half_spread_bps_after": 0.01,
        "sigma_bps": 0.2,
        "void_reason": None,
        "settings_version": "abc",
    },
    FateOutcome: {
        "order_id": "o1",
        "told_at": START_MS - 60_000,
        "p_filled_10s": 0.01,
        "p_filled_60s": 0.05,
        "p_pulled_10s": None,
        "p_pulled_60s": 0.4,
        "fate_model_version": "abc",
        "fate": "pulled",
        "after_ms": 4_000,
        "settings_version": "abc",
    },
    SuggestionOutcome: {
        "suggestion_id": "o1#1",
        "order_id": "o1",
        "classification": "DEFENSIVE_BUY",
        "side": "bid",
        "told_at": START_MS - 60_000,
        "horizon_ms": 900_000,
        "entry": 60_000.6,
        "invalidation": 59_990.0,
        "qty": 1.402,
        "suggested_loss_usd": 99.98,
        "max_loss_usd": 100.0,
        "end": "stopped",
        "touched_at": START_MS - 31_000,
        "entered_at": START_MS - 30_000,
        "exit_price": 59_988.5,
        "loss_usd": 101.1,
        "is_within": False,
        "void_reason": None,
        "settings_version": "abc",
    },
    CrossFinding: {
        "venue": "all",
        "symbol": "BTC",
        "finding_id": "all:BTC:moved:o1>o2",
        "sequence": 0,
        "kind": "moved",
        "stage": "closed",
        "side": "ask",
        "price": 60_100.5,
        "distance_bps": 16.5,
        "spread_bps": 0.4,
        "markets": ["binance_usdm:BTCUSDT", "binance_spot:BTCUSDT"],
        "order_ids": ["o1", "o2"],
        "prices": [60_085.5, 60_115.5],
        "quantities": [0.0, 50.0],
        "max_quantities": [50.0, 50.0],
        "since": [START_MS - 9_000, START_MS - 500],
        "delay_ms": 300,
        "initial_qty": 100.0,
        "added_qty": 0.0,
        "traded_qty": 0.0,
        "cancelled_qty": 50.0,
        "unexplained_qty": 0.0,
        "current_qty": 50.0,
        "max_qty": 50.0,
        "value_usd": 3_005_025.0,
        "tolerance_ms": 50,
    },
    CrossSecond: {
        "venue": "all",
        "symbol": "BTC",
        "markets": ["binance_spot:BTCUSDT", "binance_usdm:BTCUSDT"],
        "missing": ["binance_coinm:BTCUSD_PERP"],
        "mid": 60_001.5,
        "mids": [None, 60_000.05],
        "basis_bps": [None, -1.5],
        "buy_qty": [0.25, 3.5],
        "sell_qty": [0.0, 1.0],
        "buy_usd": 225_000.0,
        "sell_usd": 60_000.0,
        "cvd_qty": 12.5,
        "cvd_usd": 750_000.0,
        "cvd_qty_by_market": [-2.5, 15.0],
        "open_interest": 80_000.5,
        "open_interest_by_market": [None, 80_000.5],
    },
    CrossAction: {
        "venue": "all",
        "symbol": "BTC",
        "final_action": "DISTRIBUTION",
        "buy_score": 0.5,
        "sell_score": 3.0,
        "markets": ["binance_spot:BTCUSDT", "binance_usdm:BTCUSDT"],
        "actions": ["ACCUMULATE", "DISTRIBUTION"],
        "weights": [0.1, 0.9],
        "agreeing": ["binance_usdm:BTCUSDT"],
        "against": ["binance_spot:BTCUSDT"],
        "evidence": {"accused_at": 0, "missing": []},
    },
    CrossLead: {
        "venue": "all",
        "symbol": "BTC",
        "first": "binance_spot:BTCUSDT",
        "second": "binance_usdm:BTCUSDT",
        "lead_ms": -100,
        "correlation": 0.63,
        "correlation_at_0": 0.32,
        "samples": 600,
    },
    CrossClock: {
        "venue": "all",
        "symbol": "BTC",
        "market": "binance_usdm:BTCUSDT",
        "delay_ms": -1_269.6,
        "skew_ms": 0.0,
        "tolerance_ms": 50,
        "within_tolerance": True,
    },
}


def signal(model: type[Signal], **fields: Any) -> Signal:
    """Return a record of `model` with `fields` over the defaults and an id of its own."""
    values = {**_SIGNAL, **_DEFAULTS[model], **fields}
    if model is LargeOrderEvent:
        identity = f"{values['order_id']}#{values['sequence']}"
    else:
        interval = values.get("interval_ms", "")
        identity = f"{model.table}:{values['symbol']}:{interval}:{values['event_time']}"
    return model.model_validate({"event_id": identity, **values})


def order(order_id: str, sequence: int = 0, **fields: Any) -> Signal:
    """Return one event of a large order."""
    return signal(LargeOrderEvent, order_id=order_id, sequence=sequence, **fields)


def open_interest(event_time: int = START_MS, **fields: Any) -> OpenInterest:
    """Return one open-interest poll."""
    values = {"venue": VENUE, "symbol": "BTCUSDT", "received_us": RECEIVED_US}
    figure = {"event_time": event_time, "open_interest": 80_000.5, "mark_price": 60_001.0}
    return OpenInterest.model_validate({**values, **figure, **fields})


def feed_status(**fields: Any) -> FeedStatus:
    """Return one change of a stream's state."""
    values = {"venue": VENUE, "symbol": "BTCUSDT", "received_us": RECEIVED_US, "event_time": 0}
    change = {"stream": "btcusdt@depth@100ms", "state": "up"}
    return FeedStatus.model_validate({**values, **change, **fields})


def one_of_each() -> list[tuple[str, Record]]:
    """Return a record of every stored model with its topic."""
    return [
        ("signals.large_orders", order("o1")),
        ("signals.flow", signal(FlowBar)),
        ("signals.book", signal(BookMetrics)),
        ("signals.actions", signal(ActionSignal)),
        ("signals.actions", signal(SmartMoney)),
        ("signals.alerts", signal(Alert)),
        ("signals.outcomes", signal(Outcome)),
        ("signals.outcomes", signal(SuggestionOutcome)),
        ("signals.cross", signal(CrossFinding)),
        ("signals.cross", signal(CrossSecond)),
        ("signals.cross", signal(CrossAction)),
        ("signals.cross", signal(CrossLead)),
        ("signals.cross", signal(CrossClock)),
        ("signals.outcomes", signal(FateOutcome)),
        ("market.oi", open_interest()),
        ("market.status", feed_status()),
    ]


def as_bytes(record: Record) -> bytes:
    """Return the record as it is on the wire."""
    return record.model_dump_json().encode()
