"""The weight budget against a venue that counts by the minute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.connections.backoff import Backoff
from ingest.rest_api.budget import DEFAULT_BAN_S, WINDOW_S, WeightBudget


def test_a_request_waits_until_enough_weight_is_a_minute_old() -> None:
    budget = WeightBudget(30)
    budget.spend(20, 100.0)
    budget.spend(10, 110.0)
    assert budget.wait_s(1, 120.0) == pytest.approx(40.0)
    assert budget.wait_s(25, 120.0) == pytest.approx(50.0)
    assert budget.wait_s(1, 160.0) == 0.0


def test_a_request_above_the_whole_budget_goes_alone() -> None:
    budget = WeightBudget(10)
    assert budget.wait_s(20, 0.0) == 0.0
    budget.spend(1, 0.0)
    assert budget.wait_s(20, 0.0) == pytest.approx(60.0)


def test_weight_that_others_spent_counts() -> None:
    budget = WeightBudget(100)
    budget.spend(5, 0.0)
    budget.reported(95, 1.0)
    assert budget.wait_s(10, 2.0) == pytest.approx(58.0)
    assert budget.peak == 95


def test_a_lower_report_frees_nothing() -> None:
    budget = WeightBudget(100)
    budget.spend(95, 0.0)
    budget.reported(1, 1.0)
    assert budget.wait_s(10, 2.0) > 0


def test_after_429_nothing_goes_until_the_time_named() -> None:
    budget = WeightBudget(100)
    budget.throttled(17.0, 0.0)
    assert budget.wait_s(1, 0.0) == pytest.approx(17.0)
    budget.throttled(None, 10.0)
    assert budget.wait_s(1, 10.0) == pytest.approx(WINDOW_S)


def test_after_418_nothing_goes_for_the_whole_ban() -> None:
    budget = WeightBudget(100)
    budget.banned(259_200.0, 0.0)
    budget.throttled(1.0, 5.0)
    assert budget.wait_s(1, 259_000.0) == pytest.approx(200.0)
    assert budget.wait_s(1, 259_201.0) == 0.0
    budget.banned(None, 300_000.0)
    assert budget.wait_s(1, 300_000.0) == pytest.approx(DEFAULT_BAN_S)


@given(st.lists(st.tuples(st.integers(1, 20), st.floats(0, 30)), max_size=60), st.floats(0, 60))
def test_no_minute_of_the_venue_is_ever_overdrawn(
    requests: list[tuple[int, float]], offset_s: float
) -> None:
    budget, now, used = WeightBudget(50), 0.0, dict[int, int]()
    for weight, pause_s in requests:
        now += pause_s
        now += budget.wait_s(weight, now)
        budget.spend(weight, now)
        minute = int((now + offset_s) // 60)
        used[minute] = used.get(minute, 0) + weight
    assert all(spent <= 50 for spent in used.values())


def test_delays_grow_to_the_cap_and_start_anew_after_success() -> None:
    backoff = Backoff(base_s=1.0, cap_s=8.0)
    for bound in (1.0, 2.0, 4.0, 8.0, 8.0):
        assert 0.0 <= backoff.next_s() <= bound
    backoff.succeeded()
    assert backoff.next_s() <= 1.0
