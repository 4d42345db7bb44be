"""Which time a panel is asked about, and in which steps. Pure."""

from __future__ import annotations

from typing import Final

from dashboards.panels.macros import TimeRange
from schemas.signals.repeat import BOOK_REPEAT_MS
from schemas.units import MINUTE_MS

WINDOW_STEP_MS: Final = {5: 1_000, 15: 3_000, 60: 15_000, 240: 60_000, 1_440: 300_000}
"""Time between two points, by the window's minutes: some three hundred points each."""
STEPS_MS: Final = (1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 86_400_000)
MOST_POINTS: Final = 600
TAIL_MS: Final = BOOK_REPEAT_MS + 10_000
"""What a follower may miss before it must read the whole window again."""


def window(now_ms: int, minutes: int) -> TimeRange:
    """Return the last minutes up to `now_ms`; it begins at a full step, so no bar is cut."""
    step_ms = WINDOW_STEP_MS[minutes]
    return _stepped(now_ms - minutes * MINUTE_MS, now_ms, step_ms)


def tail(now_ms: int, minutes: int) -> TimeRange:
    """Return the end of `window`: whole bars of the newest seconds."""
    step_ms = WINDOW_STEP_MS[minutes]
    return _stepped(now_ms - max(TAIL_MS, 2 * step_ms), now_ms, step_ms)


def span(from_ms: int, to_ms: int) -> TimeRange:
    """Return any range with the smallest step that does not give too many points."""
    fits = (step for step in STEPS_MS if to_ms - from_ms <= step * MOST_POINTS)
    return TimeRange(from_ms, to_ms, next(fits, STEPS_MS[-1]))


def _stepped(from_ms: int, to_ms: int, step_ms: int) -> TimeRange:
    return TimeRange(from_ms // step_ms * step_ms, to_ms, step_ms)
