"""What the page and the API show of the large orders, made of rows of the store. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboards.liveness import STALE_MS, FeedState, Liveness, SymbolKey
from schemas.quotes import DOLLARS, quote_of

Row = Mapping[str, Any]

SUMMARY_FIELDS: Final = (
    "final_action",
    "buy_score",
    "sell_score",
    "cvd_usd",
    "open_interest",
    "oi_change_pct",
    "spoof_count",
    "last_update",
)
"""The eight summary values: cvd_usd in USD over the rolling window, open_interest in
base currency, oi_change_pct in %, spoof_count over 60 s, last_update in ms since the epoch."""


@dataclass(frozen=True, slots=True)
class SymbolState:
    """Everything known of one symbol at its newest event."""

    venue: str
    symbol: str
    now_ms: int
    """Newest event time of the symbol: what ages are counted against."""
    summary: dict[str, Any]
    context: dict[str, Any]
    """Mid, spread, threshold and the like, for orientation."""
    action_evidence: dict[str, Any]
    orders: list[dict[str, Any]]
    liveness: Liveness
    has_live_book: bool
    """The symbol is live, and its book is there, valid and as new as the rest."""

    def status(self) -> dict[str, Any]:
        """Return the symbol as JSON values, without evidence."""
        orders = [
            {name: value for name, value in order.items() if name != "evidence"}
            for order in self.orders
        ]
        return {**self._head(), "orders": orders}

    def detail(self) -> dict[str, Any]:
        """Return the symbol as JSON values, with evidence."""
        return {**self._head(), "evidence": self.action_evidence, "orders": self.orders}

    def _head(self) -> dict[str, Any]:
        return {
            "venue": self.venue,
            "symbol": self.symbol,
            "now_ms": self.now_ms,
            **self.liveness.as_dict(),
            "summary": self.summary,
            "context": self.context,
        }


def newest_times(*tables: tuple[Iterable[Row], str]) -> dict[SymbolKey, int]:
    """Return the newest event time (ms) of each symbol in rows, given with their time column."""
    newest: dict[SymbolKey, int] = {}
    for rows, column in tables:
        for row in rows:
            key = (row["venue"], row["symbol"])
            newest[key] = max(newest.get(key, 0), row[column])
    return dict(sorted(newest.items()))


def symbol_state(
    key: SymbolKey,
    now_ms: int,
    book: Row | None,
    flow: Row | None,
    action: Row | None,
    orders: Iterable[Row],
    spoof_count: int,
    liveness: Liveness,
) -> SymbolState:
    """Return the state of one symbol; what is not known yet is None.

    A final action is only shown where the symbol is live and its book is there, valid and as new as
    the rest; the last one stays in the context, with its time.
    """
    is_current = (
        liveness.state is FeedState.LIVE
        and book is not None
        and bool(book["is_valid"])
        and now_ms - book["event_time"] < STALE_MS
    )
    book, flow, action = book or {}, flow or {}, action or {}
    quote = quote_of(key[1])
    summary = {
        "final_action": action.get("final_action", "UNKNOWN") if is_current else "UNKNOWN",
        "buy_score": action.get("buy_score"),
        "sell_score": action.get("sell_score"),
        "cvd_usd": flow.get("cvd_usd"),
        "open_interest": flow.get("open_interest"),
        "oi_change_pct": flow.get("oi_change_pct"),
        "spoof_count": spoof_count,
        "last_update": now_ms,
    }
    context = {
        "mid": book.get("mid"),
        "spread_bps": book.get("spread_bps"),
        "obi": book.get("obi"),
        "book_is_valid": is_current if book or liveness.state is not FeedState.LIVE else None,
        "threshold_usd": book.get("threshold_usd"),
        "quote": quote,
        "quote_usd": book.get("quote_usd", 1.0 if quote in DOLLARS else None),
        "open_orders": book.get("open_orders"),
        "cvd_qty": flow.get("cvd_qty"),
        "oi_change": flow.get("oi_change"),
        "smart_score": action.get("smart_score"),
        "action_time": action.get("event_time"),
        "last_action": action.get("final_action"),
    }
    return SymbolState(
        venue=key[0],
        symbol=key[1],
        now_ms=now_ms,
        summary=summary,
        context=context,
        action_evidence=json.loads(action["evidence"]) if action else {},
        orders=[_order(row, now_ms, suggests=is_current) for row in orders],
        liveness=liveness,
        has_live_book=is_current,
    )


def _order(row: Row, now_ms: int, *, suggests: bool) -> dict[str, Any]:
    """Return an order with its evidence read and its age: so far, or at its close (ms).

    What it suggested holds for the book of then: there is nothing of it where that book is old.
    """
    closed_at = row["closed_at"]
    end = now_ms if closed_at is None else closed_at
    return {
        **row,
        **({} if suggests else {name: None for name in row if name.startswith("suggest")}),
        "age_ms": max(0, end - row["first_seen"]),
        "closed_ago_ms": None if closed_at is None else max(0, now_ms - closed_at),
        "evidence": json.loads(row["evidence"]),
    }
