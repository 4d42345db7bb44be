"""Firings are graded by the reading of their order that was told nearest to them."""

from __future__ import annotations

from math import isnan
from typing import Any

from dashboards.rules.grades import Grades, graded
from dashboards.rules.watch import Firing


def firing(event_id: str, order_id: str = "", time_ms: int = 0) -> Firing:
    return Firing("mine", event_id, time_ms, "v", "BTCUSDT", "", order_id)


def outcome(reading_id: str, return_bps: float | None, told_at: int = 0) -> dict[str, Any]:
    void = "book lost" if return_bps is not None and isnan(return_bps) else None
    value = None if void else return_bps
    return {"reading_id": reading_id, "told_at": told_at, "return_bps": value, "void_reason": void}


def test_the_nearest_reading_of_the_order_counts() -> None:
    outcomes = [
        outcome("o1#0", -9.0, told_at=0),
        outcome("o1#4", 2.0, told_at=900),
        outcome("a7", -1.0),
        outcome("o2#1", None),
        outcome("o3#1", float("nan")),
    ]
    firings = [
        firing("o1#3", "o1", 1_000),
        firing("a7"),
        firing("o2#1", "o2"),
        firing("o3#1", "o3"),
        firing("feed"),
    ]
    grades = graded(firings, outcomes, 60_000)
    assert grades == Grades(60_000, 2, 1, 0.5, void=1, unread=2)


def test_nothing_fired_is_no_grade() -> None:
    assert graded([], [], 60_000) == Grades(60_000, 0, 0, None, 0, 0)
