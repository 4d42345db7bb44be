"""What follows a try to deliver."""

import pytest

from dashboards.notify.retry import Outcome, wait_s
from schemas.settings import NotifySettings

SETTINGS = NotifySettings(backoff_s=1.0, attempts=8)


def test_the_wait_doubles_up_to_a_minute_and_ends() -> None:
    waits = [wait_s(Outcome(503), tries, SETTINGS) for tries in range(1, 9)]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, None]


@pytest.mark.parametrize("status", [None, 408, 425, 429, 500, 502])
def test_what_may_pass_is_tried_again(status: int | None) -> None:
    assert wait_s(Outcome(status), 1, SETTINGS) == 1.0


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 404])
def test_what_is_done_or_hopeless_is_not(status: int) -> None:
    assert wait_s(Outcome(status), 1, SETTINGS) is None
    assert Outcome(status).delivered == (status < 300)


def test_the_receivers_own_wait_is_kept_within_a_minute() -> None:
    assert wait_s(Outcome(429, 7.0), 1, SETTINGS) == 7.0
    assert wait_s(Outcome(429, 0.1), 1, SETTINGS) == 1.0
    assert wait_s(Outcome(429, 3_600.0), 1, SETTINGS) == 60.0
