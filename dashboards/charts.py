"""Rows of the store as what charts draw: columns of numbers instead of objects. Pure.

Times are ms since the epoch, money is in whole quote currency.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]

FLOW_FIELDS: Final = (
    "open",
    "high",
    "low",
    "close",
    "buy_usd",
    "sell_usd",
    "delta_usd",
    "cvd_usd",
    "delta_usd_lt_10k",
    "delta_usd_10k_100k",
    "delta_usd_100k_1m",
    "delta_usd_ge_1m",
    "open_interest",
    "oi_change",
    "oi_change_pct",
    "mark_price",
    "funding_rate",
)
FATE_FIELDS: Final = ("bid_filled_usd", "ask_filled_usd", "bid_pulled_usd", "ask_pulled_usd")
TRADE_FIELDS: Final = ("high", "low", "close", "buy_usd", "sell_usd")
ACTION_FIELDS: Final = ("final_action", "buy_score", "sell_score", "smart_score")
WALL_FIELDS: Final = (
    "order_id",
    "side",
    "price",
    "state",
    "close_reason",
    "first_seen",
    "closed_at",
    "lifetime_ms",
    "classification",
    "max_value_usd",
    "value_usd",
    "max_impact_ratio",
    "fill_ratio",
    "is_persistent",
    "is_spoof",
)


def columns(rows: Sequence[Row], time_field: str, fields: Iterable[str]) -> dict[str, list[Any]]:
    """Return `time_ms` and each field as a list; values of money lose their cents."""
    result: dict[str, list[Any]] = {"time_ms": [row[time_field] for row in rows]}
    for field in fields:
        values = [row[field] for row in rows]
        result[field] = [_whole(value) for value in values] if "_usd" in field else values
    return result


def walls(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return large orders as bars by price and time."""
    return [{field: row[field] for field in WALL_FIELDS} for row in rows]


def bucket_height(rows: Sequence[Row]) -> float | None:
    """Return the height of the price buckets of the newest row that tells, quote currency."""
    for row in reversed(rows):
        prices = row["heat_prices"]
        steps = [high - low for low, high in itertools.pairwise(prices)]
        if steps:
            # Steps are 1, 2 or 5 times a power of ten; differences of floats are only nearly so.
            return float(f"{min(steps):.6g}")
    return None


def heat(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the book by price and time: per row `net_usd`, bids positive and asks negative.

    Item i of `net_usd` is the bucket that begins at (`low` + i) x `bucket`.
    """
    bucket = bucket_height(rows)
    return {"bucket": bucket, "columns": [_heat_column(row, bucket) for row in rows]}


def _heat_column(row: Row, bucket: float | None) -> dict[str, Any]:
    column: dict[str, Any] = {"time_ms": row["event_time"], "mid": row["mid"]}
    prices = row["heat_prices"]
    if not prices or bucket is None:
        return {**column, "low": 0, "net_usd": []}
    low = _index(prices[0], bucket)
    net = [0] * (_index(prices[-1], bucket) - low + 1)
    for price, bid, ask in zip(prices, row["heat_bid_usd"], row["heat_ask_usd"], strict=True):
        net[_index(price, bucket) - low] += round(bid - ask)
    return {**column, "low": low, "net_usd": net}


def _index(price: float, bucket: float) -> int:
    return math.floor(price / bucket + 1e-6)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
