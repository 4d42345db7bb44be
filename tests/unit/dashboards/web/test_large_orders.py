"""What the page shows of rows: newest times, ages in market time, evidence only on request."""

import json
from typing import Any

from dashboards.large_orders import SUMMARY_FIELDS, newest_times, symbol_state
from dashboards.liveness import STALE_MS, FeedState, Liveness

LIVE = Liveness(FeedState.LIVE, 0, "")
KEY = ("binance_usdm", "BTCUSDT")
BOOK = {"event_time": 3_000, "is_valid": True, "mid": 10.0}


def order_row(**fields: Any) -> dict[str, Any]:
    row = {
        "order_id": "o1",
        "state": "open",
        "first_seen": 1_000,
        "closed_at": None,
        "evidence": '{"short_life":0.5}',
    }
    return {**row, **fields}


def test_now_is_the_newest_time_of_any_table() -> None:
    row = {"venue": "v", "symbol": "B", "event_time": 5, "bar_end": 9}
    other = {"venue": "v", "symbol": "A", "event_time": 7}
    newest = newest_times(([row, other], "event_time"), ([row], "bar_end"))
    assert newest == {("v", "A"): 7, ("v", "B"): 9}
    assert list(newest) == [("v", "A"), ("v", "B")]


def test_ages_are_counted_in_market_time() -> None:
    rows = [order_row(), order_row(order_id="o2", state="closed", closed_at=1_400)]
    state = symbol_state(KEY, 3_000, None, None, None, rows, 2, LIVE)
    opened, closed = state.orders
    assert (opened["age_ms"], opened["closed_ago_ms"]) == (2_000, None)
    assert (closed["age_ms"], closed["closed_ago_ms"]) == (400, 1_600)


def test_a_symbol_without_anything_yet_is_unknown() -> None:
    state = symbol_state(KEY, 3_000, None, None, None, [], 0, LIVE)
    assert tuple(state.summary) == SUMMARY_FIELDS
    assert state.summary["final_action"] == "UNKNOWN"
    assert state.summary["cvd_usd"] is None
    assert state.summary["last_update"] == 3_000


def test_evidence_is_part_of_the_detail_alone() -> None:
    action = {
        "final_action": "MARKUP",
        "buy_score": 2.0,
        "sell_score": 0.0,
        "smart_score": 0.1,
        "event_time": 2_000,
        "evidence": '{"orders":["o1"]}',
    }
    state = symbol_state(KEY, 3_000, BOOK, None, action, [order_row()], 0, LIVE)
    detail = state.detail()
    assert detail["evidence"] == {"orders": ["o1"]}
    assert detail["orders"][0]["evidence"] == {"short_life": 0.5}
    assert detail["summary"]["final_action"] == "MARKUP"
    assert "evidence" not in json.dumps(state.status())


def test_no_final_action_is_shown_from_a_book_that_is_not_live() -> None:
    action = {
        "final_action": "MARKUP",
        "buy_score": 4.0,
        "sell_score": 0.0,
        "smart_score": 0.5,
        "event_time": 2_000,
        "evidence": "{}",
    }
    live = symbol_state(KEY, 3_000, BOOK, None, action, [], 0, LIVE)
    stale = Liveness(FeedState.STALE, 9_000, "btcusdt@depth@100ms is silent")
    old = symbol_state(KEY, 3_000, BOOK, None, action, [], 0, stale)
    invalid = symbol_state(KEY, 3_000, {**BOOK, "is_valid": False}, None, action, [], 0, LIVE)
    without = symbol_state(KEY, 3_000, None, None, action, [], 0, LIVE)
    behind = symbol_state(KEY, 3_000 + STALE_MS, BOOK, None, action, [], 0, LIVE)
    assert live.summary["final_action"] == "MARKUP"
    assert without.summary["final_action"] == behind.summary["final_action"] == "UNKNOWN"
    assert (without.context["book_is_valid"], behind.context["book_is_valid"]) == (None, False)
    assert old.summary["final_action"] == invalid.summary["final_action"] == "UNKNOWN"
    assert old.context["last_action"] == "MARKUP"
    assert old.context["book_is_valid"] is False
    assert old.status()["state"] == "stale"
    assert old.status()["stale_ms"] == 9_000
    assert "silent" in old.status()["reason"]


def test_nothing_is_suggested_beside_a_wall_of_a_book_that_is_not_live() -> None:
    rows = [order_row(suggestion="Not advice.", suggested_entry=10.0)]
    stale = Liveness(FeedState.STALE, 9_000, "no new events arrive")
    live = symbol_state(KEY, 3_000, BOOK, None, None, rows, 0, LIVE)
    old = symbol_state(KEY, 3_000, BOOK, None, None, rows, 0, stale)
    assert live.orders[0]["suggestion"] == "Not advice."
    assert old.orders[0]["suggestion"] is old.orders[0]["suggested_entry"] is None
