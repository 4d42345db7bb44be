"""The negative control: pulses moved against each other tell of chance alone."""

from __future__ import annotations

from collections import Counter

import pytest

from compose.evaluation.cross.apart import Apart, apart_figures, moved_by
from processors.cross.alerts import accuses
from processors.cross.findings import CrossScope
from schemas.settings import CrossSettings
from schemas.signals import CrossFinding, Side
from tests.support.markets.pulses import PERP, Story
from tests.support.markets.records import signal


def test_all_that_happened_in_a_pulse_moves_with_it() -> None:
    story = Story(seconds=3)
    story.order(PERP, Side.BID, 59_900.0, 50.0, since=200, until=1_400)
    for pulse in story.pulses(PERP):
        moved = moved_by(pulse, 7_000)
        assert moved.event_time == pulse.event_time + 7_000
        for step, later in zip(pulse.orders, moved.orders, strict=True):
            assert later.first_seen - step.first_seen == 7_000
            assert (later.closed_at or 0) - (step.closed_at or 0) in (0, 7_000)
            assert later.event_time - moved.event_time == step.event_time - pulse.event_time
        assert moved.buy_qty == pulse.buy_qty


def test_no_alert_in_an_hour_bounds_the_rate_at_three() -> None:
    none = [Apart(block, 0.25, Counter(), 0) for block in range(4)]
    assert apart_figures(none) == {
        "hours": 1.0, "alerts": 0, "an_hour": 0.0, "low": 0.0, "high": 2.996, "findings": {},
    }  # fmt: skip
    some = [*none, Apart(4, 1.0, Counter(lure_taking=4), 4)]
    seen = apart_figures(some)
    assert seen["an_hour"] == 2.0
    # All of them came in one block of shifts.
    assert seen["low"] == 0.0
    assert seen["high"] > 3.0


@pytest.mark.parametrize(
    ("taken_qty", "taken_usual", "expected"),
    [(30.0, 12.0, True), (29.9, 12.0, False), (30.0, 11.9, False)],
)
def test_a_lure_accuses_where_much_was_taken(
    taken_qty: float, taken_usual: float, expected: bool
) -> None:
    lure = signal(
        CrossFinding, kind="lure_taking", max_qty=50.0, taken_qty=taken_qty, taken_usual=taken_usual
    )
    assert isinstance(lure, CrossFinding)
    assert accuses(CrossScope("BTC", CrossSettings()), lure) is expected
