"""What a rule says of an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.settings import WatchFor
from schemas.signals.large_order import OrderState

Row = Mapping[str, Any]
"""A row of the store."""


def of_order(on: WatchFor, row: Row) -> str:
    """Return what happened to an order."""
    said = wall(row)
    if on is WatchFor.WALL_APPEARS:
        return f"{said} stands {row['distance_bps']:.1f} bps from mid"
    if on is WatchFor.WALL_PULLED:
        return f"{said} was pulled ({row['classification']}, {row['spoof_probability']:.0%} lure)"
    if on is WatchFor.WALL_EATEN:
        return f"{said} is eaten: {row['fill_ratio']:.0%} traded"
    return f"{said} is number {row['chain_length']} of a chain"


def wall(row: Row) -> str:
    """Return an order by side, value and price."""
    value = row["value_usd"] if row["state"] != OrderState.CLOSED else row["max_value_usd"]
    return f"{row['side']} of {value:,.0f} USD at {row['price']:.12g}"
