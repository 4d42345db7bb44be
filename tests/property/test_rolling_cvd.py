"""The rolling CVD is the sum of the minutes within its window, whenever it is asked for."""

from functools import reduce
from operator import add

from hypothesis import given
from hypothesis import strategies as st

from processors.engine.readings.flow import Flow, FlowMinute
from schemas.market import TakerSide, Trade
from schemas.settings import FlowSettings
from schemas.units import MINUTE_MS, SECOND_MS

WINDOW_MINUTES = 3
SETTINGS = FlowSettings(cvd_window_ms=WINDOW_MINUTES * MINUTE_MS)
SECONDS = st.lists(
    st.tuples(
        st.integers(1, 90),
        st.sampled_from(TakerSide),
        st.integers(1, 1000),
        st.sampled_from(("ask", "keep", "rescale", "revalue")),
    ),
    max_size=60,
)


def sums(minutes: list[FlowMinute]) -> tuple[int, float]:
    """Lots and USD of all minutes, added up in their order."""
    return (
        sum(minute.delta for minute in minutes),
        reduce(add, (minute.delta_usd for minute in minutes), 0.0),
    )


@given(seconds=SECONDS)
def test_it_is_the_sum_of_its_minutes_whenever_it_is_asked_for(
    seconds: list[tuple[int, TakerSide, int, str]],
) -> None:
    flow, now = Flow(), 0
    for number, (wait, taker, lots, then) in enumerate(seconds):
        trade = Trade(trade_id=number, event_time=now, price=0.1, qty=lots / 7, taker=taker)
        flow.open_second(now).add(trade, lots, late=False, quote_usd=1.0)
        for _ in range(wait):
            now += SECOND_MS
            flow.close_bar(SECOND_MS, now, SETTINGS)
            if now % MINUTE_MS == 0:
                flow.close_bar(MINUTE_MS, now, SETTINGS)
                assert flow.cvd_points[-1] == sums(flow.minutes)[1]
            if then == "ask":
                assert (flow.cvd(), flow.cvd_usd()) == sums(flow.minutes)
        assert (flow.cvd(), flow.cvd_usd()) == sums(flow.minutes)
        if then == "rescale":
            flow.rescale(10)
        elif then == "revalue":
            flow.revalue(0.3)
        assert (flow.cvd(), flow.cvd_usd()) == sums(flow.minutes)
        assert len(flow.minutes) <= WINDOW_MINUTES + 1
