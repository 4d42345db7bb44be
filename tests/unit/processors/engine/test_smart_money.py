"""The quadrants and how the large orders are merged in."""

import pytest

from processors.engine.readings.flow import Bar, Flow
from processors.engine.readings.smart_money import (
    OrderSignal,
    Quarter,
    QuarterHistory,
    close_quarter,
    read_quarter,
)
from schemas.market import OpenInterest
from schemas.settings import FlowSettings, SmartMoneySettings
from schemas.signals import FinalAction

SETTINGS = SmartMoneySettings()
SILENT = OrderSignal(FinalAction.UNKNOWN, 0.0, 0.0, 0)


def quarter(change: float, cvd_z: float, oi: float | None, trend: int = 0) -> Quarter:
    return Quarter(change, cvd_z, oi, oi_z=1.5, price_z=1.5, trend=trend)


@pytest.mark.parametrize(
    ("change", "cvd_z", "oi", "expected"),
    [
        (0.6, 1.0, 0.1, FinalAction.MARKUP),
        (0.1, 1.0, 0.1, FinalAction.ACCUMULATE),
        (-0.4, 1.0, 0.1, FinalAction.ACCUMULATE),
        (0.1, -1.0, 0.1, FinalAction.DISTRIBUTION),
        (0.4, -1.0, 0.1, FinalAction.DISTRIBUTION),
        (-0.6, -1.0, -0.1, FinalAction.MARKDOWN),
        (0.3, 1.0, 0.1, FinalAction.UNKNOWN),
        (-0.6, 1.0, 0.1, FinalAction.UNKNOWN),
        (0.6, 0.4, 0.1, FinalAction.UNKNOWN),
        (0.6, 1.0, -0.1, FinalAction.UNKNOWN),
        (0.6, 1.0, None, FinalAction.UNKNOWN),
    ],
)
def test_quadrants(change: float, cvd_z: float, oi: float | None, expected: FinalAction) -> None:
    reading = read_quarter(quarter(change, cvd_z, oi), SILENT, SETTINGS)
    assert reading.final_action is expected
    assert reading.source == "flow"


def test_a_trend_on_its_side_adds_confidence() -> None:
    plain = read_quarter(quarter(0.6, 1.0, 0.1), SILENT, SETTINGS).confidence
    aligned = read_quarter(quarter(0.6, 1.0, 0.1, trend=1), SILENT, SETTINGS).confidence
    against = read_quarter(quarter(0.6, 1.0, 0.1, trend=-1), SILENT, SETTINGS).confidence
    assert plain == pytest.approx(0.5 / 3 + 0.3 / 2 + 0.2 / 2)
    assert aligned == pytest.approx(plain * 1.2)
    assert against == plain


def test_agreeing_orders_add_confidence_up_to_the_cap() -> None:
    orders = OrderSignal(FinalAction.ACCUMULATE, 3.0, 0.0, 0)
    reading = read_quarter(quarter(0.6, 1.0, 0.1), orders, SETTINGS)
    assert reading.final_action is FinalAction.MARKUP
    assert reading.confidence == pytest.approx((0.5 / 3 + 0.25) * 1.3)
    strongest = read_quarter(quarter(0.6, 9.0, 0.1, trend=1), orders, SETTINGS)
    assert strongest.confidence == 0.95


def test_weak_disagreement_is_a_conflict_and_strong_orders_lead() -> None:
    weak = OrderSignal(FinalAction.DISTRIBUTION, 0.5, 3.0, 0)
    assert read_quarter(quarter(0.6, 1.0, 0.1), weak, SETTINGS).final_action is FinalAction.UNKNOWN
    strong = OrderSignal(FinalAction.DISTRIBUTION, 1.0, 5.0, 0)
    led = read_quarter(quarter(0.6, 1.0, 0.1), strong, SETTINGS)
    assert (led.final_action, led.confidence) == (FinalAction.DISTRIBUTION, 0.75)
    assert led.source == "large_orders"
    spoofed = OrderSignal(FinalAction.MANIPULATION, 0.5, 0.5, 1)
    reading = read_quarter(quarter(0.6, 1.0, 0.1), spoofed, SETTINGS)
    assert reading.final_action is FinalAction.MANIPULATION
    assert not reading.is_smart_money


def test_the_open_interest_change_is_that_of_the_quarter() -> None:
    history, flow = QuarterHistory(), Flow()
    changes = []
    for figure in (1_000.0, 1_010.0, 999.9):
        poll = OpenInterest(
            venue="v", symbol="S", event_time=1, received_us=1, open_interest=figure
        )
        flow.add_poll(poll, FlowSettings())
        closed = close_quarter(history, Bar(0, open=1.0, close=1.0), flow, SETTINGS, 12)
        assert closed is not None
        changes.append(closed.oi_change_pct)
    assert changes[0] is None
    assert changes[1:] == [pytest.approx(1.0), pytest.approx(-1.0)]


def test_a_quarter_without_trades_is_not_read() -> None:
    assert close_quarter(QuarterHistory(), Bar(0), Flow(), SETTINGS, 12) is None
