"""Whatever stands in Retry-After, it is a wait of no less than nothing, or none is stated."""

import math
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.http.retry_after import retry_after_s

NOW_S = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("0", 0),
        ("120", 120),
        ("0.4", 0.4),
        ("1e300", 1e300),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("Thursday, 01-Jan-26 00:02:00 GMT", 120),
        ("Thu, 01 Jan 2026 00:02:00 -0000", 120),
        ("Wed, 31 Dec 2025 23:59:59 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ],
)
def test_seconds_and_dates_state_a_wait(text: str, wait_s: float) -> None:
    assert retry_after_s(text, NOW_S) == wait_s


@pytest.mark.parametrize(
    "text",
    [None, "", "-5", "-1e-9", "nan", "inf", "-inf", "1e400", "9" * 400, "soon", "1 s", "12:00"],
)
def test_anything_else_states_none(text: str | None) -> None:
    assert retry_after_s(text, NOW_S) is None


@given(st.text() | st.floats().map(str) | st.integers().map(str))
@example("Thu, 01 Jan 99999 00:00:00 GMT")
@example("Thu, 99 Jan 2026 00:00:00 GMT")
@example("Thu, 01 Jan 0000 00:00:00 GMT")
@example("Thu, 01 Jan 0001 00:00:00 +2359")
@example("Thu, 01 Jan 9999 00:00:00 +9999999999")
def test_no_text_ends_in_an_error(text: str) -> None:
    wait_s = retry_after_s(text, NOW_S)
    assert wait_s is None or 0 <= wait_s < math.inf


@given(st.integers(0, int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())))
def test_any_date_far_ahead_or_past(stated_s: int) -> None:
    text = format_datetime(datetime.fromtimestamp(stated_s, UTC), usegmt=True)
    assert retry_after_s(text, NOW_S) == max(0, stated_s - NOW_S)
