"""Graded readings of a run in columns, as the points of a sweep keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from schemas.record import symbol_key


class GradedReadings(msgspec.Struct, frozen=True):
    """The readings of one kind, label, symbol and horizon that point a way and could be graded, in
    the order of `told_ms`. The lists have one length."""

    kind: str
    label: str
    symbol: str
    """`venue:symbol`."""
    horizon_ms: int
    told_ms: list[int]
    """When each was emitted, event time."""
    return_bps: list[float]
    """Move of mid in the direction of the reading."""
    spread_bps: list[float]
    """Half the spread at either end, together."""


def graded_readings(outcomes: Iterable[Mapping[str, Any]]) -> list[GradedReadings]:
    """Return outcomes (rows of the view `outcomes`) in columns; the rest is left out."""
    rows: dict[tuple[str, str, str, int], list[tuple[int, float, float]]] = {}
    for row in outcomes:
        if row["return_bps"] is None:
            continue
        key = (
            str(row["reading_kind"]),
            row["label"],
            symbol_key(row["venue"], row["symbol"]),
            row["horizon_ms"],
        )
        spread = row["half_spread_bps_at"] + row["half_spread_bps_after"]
        rows.setdefault(key, []).append((row["told_at"], row["return_bps"], spread))
    found = []
    for key, own in sorted(rows.items()):
        told, returns, spreads = (list(column) for column in zip(*sorted(own), strict=True))
        found.append(GradedReadings(*key, told, returns, spreads))
    return found
