"""When a watermark moves for the depth records that wait for it."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.trades.waiting_depth import DEPTH_WAIT_MS, MOST, WaitingDepth


def test_the_oldest_takes_those_with_it_that_came_meanwhile() -> None:
    waiting = WaitingDepth()
    assert not waiting.is_due(0, 10_000), "nothing waits"
    waiting.add(1_000, 900)
    waiting.add(1_100, 900)
    assert not waiting.is_due(900, 999 + DEPTH_WAIT_MS)
    assert waiting.is_due(900, 1_000 + DEPTH_WAIT_MS)
    promise = 1_000 + DEPTH_WAIT_MS
    assert not waiting.is_due(promise, promise + 10_000), "both went on"


def test_one_that_a_watermark_did_not_reach_is_due_by_its_own_time() -> None:
    waiting = WaitingDepth()
    for time in (1_000, 1_200):
        waiting.add(time, 900)
    assert not waiting.is_due(1_150, 1_199 + DEPTH_WAIT_MS)
    assert waiting.is_due(1_150, 1_200 + DEPTH_WAIT_MS)


def test_what_is_remembered_is_bounded_and_stays_due() -> None:
    waiting = WaitingDepth()
    for time in range(1_000, 1_000 + 2 * MOST):
        waiting.add(time, 0)
    assert waiting.is_due(0, 1_000 + MOST + DEPTH_WAIT_MS)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(10, 100))
def test_none_waits_longer_than_it_may(gaps: list[int], told_every_ms: int) -> None:
    waiting, now, promise = WaitingDepth(), 1_000, 0
    times: list[int] = []
    for gap in gaps:
        for safe_time in range(now - now % told_every_ms + told_every_ms, now + gap, told_every_ms):
            if waiting.is_due(promise, safe_time):
                promise = safe_time
            late = [time for time in times if promise < time <= safe_time - DEPTH_WAIT_MS]
            assert not late
        now += gap
        times.append(now)
        waiting.add(now, promise)
