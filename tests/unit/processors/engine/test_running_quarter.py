"""The running quarter of an hour is read once a minute, as if it ended there."""

import pytest

from processors.engine.readings.analyst import Analyst
from schemas.market import TakerSide
from schemas.signals import SmartMoney
from tests.support.markets.scenario import MID, START_MS, Scene

MINUTE_MS, QUARTER_MS = 60_000, 900_000
STEP_MS = 5_000
FIRST_END_MS = QUARTER_MS - START_MS % QUARTER_MS
LENGTH_MS = FIRST_END_MS + QUARTER_MS + 2 * MINUTE_MS


def price(at: int) -> float:
    return MID + at // STEP_MS * 0.01


def played() -> list[SmartMoney]:
    """Two quarters end; the price rises in every step. Event times are ms after the start."""
    scene = Scene()
    for at in range(STEP_MS, LENGTH_MS + 1, STEP_MS):
        if at % (4 * STEP_MS) == 0:
            scene.poll(at - 1_000, 1_000.0 + at)
        scene.trade(at - 500, price(at), 0.01, TakerSide.BUY)
        scene.depth(at)
    return [s.model_copy(update={"event_time": s.event_time - START_MS})
            for s in scene.of(SmartMoney)]  # fmt: skip


def test_a_running_quarter_is_read_each_minute() -> None:
    readings = played()
    ends = [FIRST_END_MS, FIRST_END_MS + QUARTER_MS]
    assert [r.event_time for r in readings if not r.preliminary] == ends
    minutes = range(MINUTE_MS - START_MS % MINUTE_MS, LENGTH_MS + 1, MINUTE_MS)
    running = [r for r in readings if r.preliminary]
    assert [r.event_time for r in running] == [at for at in minutes if at not in ends]
    for reading in running:
        if FIRST_END_MS < reading.event_time < ends[1]:
            opened, now = price(FIRST_END_MS + STEP_MS), price(reading.event_time)
            expected = (now - opened) / opened * 100
            assert reading.price_change_pct == pytest.approx(expected, abs=1e-5)


def test_reading_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = [r for r in played() if not r.preliminary]
    monkeypatch.setattr(Analyst, "quarter_so_far", lambda *_: [])
    assert played() == closed
