"""Large orders as CSV, under the names that earlier tools used."""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dashboards.spreadsheet import harmless
from schemas.signals import PULLED

Row = Mapping[str, Any]

HEADER: Final = (
    "timestamp,symbol,finalAction,buyScore,sellScore,cvdCum,oi,oiChangePct,spoofCount,entry_id,side,"
    "price,qty,valueUSD,impactRatio,classification,isPersistent,isSpoof,wasConsumed,createdAt,"
    "lastSeenAt,seenCount,canceledAt,filledVolumeObserved"
)


def latest_actions(actions: Sequence[Row], times_ms: Iterable[int]) -> list[Row]:
    """Return for each time the newest action at or before it; an empty row where there is none.

    `actions` are in ascending time.
    """
    stamps = [action["event_time"] for action in actions]
    found: list[Row] = []
    for time_ms in times_ms:
        index = bisect_right(stamps, time_ms)
        found.append(actions[index - 1] if index else {})
    return found


def csv_text(orders: Sequence[Row], actions: Sequence[Row]) -> str:
    """Return a line for each order with the action in force; times are ISO 8601 in UTC.

    `qty`, `valueUSD` and `impactRatio` of a closed order are its largest: what was left of it says
    nothing. `canceledAt` is set for orders that were pulled, `filledVolumeObserved` is in base
    quantity. No text is a formula.
    """
    text = io.StringIO()
    text.write(HEADER + "\n")
    writer = csv.writer(text, lineterminator="\n")
    for order, action in zip(orders, actions, strict=True):
        is_closed = order["state"] == "closed"
        pulled = order["close_reason"] in PULLED
        writer.writerow(
            (
                iso(order["event_time"]),
                harmless(order["symbol"]),
                harmless(action.get("final_action", "UNKNOWN")),
                _cell(action.get("buy_score")),
                _cell(action.get("sell_score")),
                _cell(action.get("cvd_usd")),
                _cell(action.get("open_interest")),
                _cell(action.get("oi_change_pct")),
                _cell(action.get("spoof_count")),
                harmless(order["order_id"]),
                harmless(order["side"]),
                order["price"],
                order["max_qty"] if is_closed else order["current_qty"],
                order["max_value_usd"] if is_closed else order["value_usd"],
                order["max_impact_ratio"] if is_closed else order["impact_ratio"],
                harmless(order["classification"]),
                _yes(order["is_persistent"]),
                _yes(order["is_spoof"]),
                _yes(order["was_consumed"]),
                iso(order["first_seen"]),
                iso(order["last_seen"]),
                order["observations"],
                iso(order["closed_at"]) if pulled else "",
                order["traded_qty"],
            )
        )
    return text.getvalue()


def iso(time_ms: int) -> str:
    """Return a time as ISO 8601 in UTC with ms."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cell(value: Any) -> Any:
    return "" if value is None else value


def _yes(value: bool) -> str:
    return "true" if value else "false"
