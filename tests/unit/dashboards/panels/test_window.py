"""Windows begin at full steps, and spans have few points."""

import pytest

from dashboards.panels.answer import values
from dashboards.panels.model import TIME as TIME_COLUMN
from dashboards.panels.model import Unit, number, text
from dashboards.panels.window import MOST_POINTS, TAIL_MS, WINDOW_STEP_MS, span, tail, window

NOW_MS = 1_766_000_123_456


@pytest.mark.parametrize("minutes", WINDOW_STEP_MS)
def test_a_window_and_its_tail_cut_no_bar(minutes: int) -> None:
    whole, end = window(NOW_MS, minutes), tail(NOW_MS, minutes)
    step_ms = WINDOW_STEP_MS[minutes]
    for time_range in (whole, end):
        assert time_range.from_ms % step_ms == 0
        assert time_range.to_ms == NOW_MS
        assert time_range.interval_ms == step_ms
    assert 0 <= NOW_MS - minutes * 60_000 - whole.from_ms < step_ms
    assert NOW_MS - end.from_ms >= max(TAIL_MS, 2 * step_ms)
    assert (whole.to_ms - whole.from_ms) // step_ms <= 310


@pytest.mark.parametrize(
    ("length_ms", "step_ms"),
    [(0, 1_000), (600_000, 1_000), (600_001, 5_000), (86_400_000, 300_000), (10**13, 86_400_000)],
)
def test_a_span_has_the_smallest_step_with_few_points(length_ms: int, step_ms: int) -> None:
    found = span(NOW_MS, NOW_MS + length_ms)
    assert found.interval_ms == step_ms
    assert length_ms <= step_ms * MOST_POINTS or step_ms == 86_400_000


@pytest.mark.parametrize(
    ("kind", "tick"),
    [
        ("DateTime", 1_766_000_000),
        ("DateTime('UTC')", 1_766_000_000),
        ("DateTime64(3, 'UTC')", 1_766_000_000_000),
        ("DateTime64(6, 'UTC')", 1_766_000_000_000_999),
    ],
)
def test_times_become_ms(kind: str, tick: int) -> None:
    assert values(TIME_COLUMN, kind, [tick]) == [1_766_000_000_000]


def test_money_loses_what_is_not_shown_and_what_json_cannot_say_is_none() -> None:
    found = [1.256, None, float("nan"), float("inf")]
    assert values(number("usd", unit=Unit.USD), "Float64", found) == [1, None, None, None]
    cents = number("usd", unit=Unit.USD, decimals=2)
    assert values(cents, "Float64", found)[0] == 1.26
    assert values(number("ratio"), "Float64", found) == [1.256, None, None, None]
    assert values(text("side"), "String", ("bid", "ask")) == ["bid", "ask"]
