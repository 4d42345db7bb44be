"""The silence alarm learns from each stream's own rate."""

from collections.abc import Callable
from math import ceil
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.ops.silence import (
    BURST_MS,
    LEARNING_FRAMES,
    LEARNING_SHARE,
    SilenceLimit,
    alarm_limit,
    silence_limit,
)

DEFAULT_MS, FLOOR_MS, CEILING_MS = 30_000.0, 3_000.0, 600_000.0
GAPS = st.lists(st.floats(0.0, 150_000.0), min_size=1, max_size=300)


LIMITS = st.sampled_from([silence_limit, alarm_limit])


def limit_after(
    gaps: list[float], limit_of: Callable[[float], SilenceLimit] = alarm_limit
) -> SilenceLimit:
    limit = limit_of(DEFAULT_MS)
    for gap_ms in gaps:
        limit.gap(gap_ms)
    return limit


@given(GAPS, LIMITS)
def test_a_stream_that_stops_is_reported_within_the_ceiling_and_never_before_the_floor(
    gaps: list[float], limit_of: Callable[[float], SilenceLimit]
) -> None:
    assert FLOOR_MS <= limit_after(gaps, limit_of).limit_ms <= CEILING_MS


@given(GAPS, LIMITS)
def test_a_gap_like_the_longest_of_late_is_no_alarm(
    gaps: list[float], limit_of: Callable[[float], SilenceLimit]
) -> None:
    longest = max([one for one in gaps if one >= BURST_MS], default=0.0)
    assert limit_after(gaps, limit_of).limit_ms >= min(CEILING_MS, 2 * longest)


@settings(deadline=None)
@given(st.floats(1.0, 25_000.0), st.integers(0, 2**32), LIMITS)
def test_a_stream_with_arrivals_at_random_is_never_reported(
    mean_ms: float, seed: int, limit_of: Callable[[float], SilenceLimit]
) -> None:
    random, limit = Random(seed), limit_of(DEFAULT_MS)
    for number in range(2_000):
        gap_ms = random.expovariate(1 / mean_ms)
        if number >= LEARNING_FRAMES:
            assert gap_ms < limit.limit_ms
        limit.gap(gap_ms)


@settings(deadline=None)
@given(st.floats(1.0, 5_000.0))
def test_the_limit_follows_the_rate_of_a_steady_stream(period_ms: float) -> None:
    limit = limit_after([period_ms] * max(100, ceil(DEFAULT_MS / period_ms)))
    assert limit.limit_ms <= max(FLOOR_MS, 21 * period_ms)
    for _ in range(30_000):
        limit.gap(period_ms / 10)
    assert limit.limit_ms <= max(FLOOR_MS, 3 * period_ms)


def test_before_enough_is_seen_the_default_holds() -> None:
    assert limit_after([10.0] * (LEARNING_FRAMES - 1), silence_limit).limit_ms == DEFAULT_MS
    assert limit_after([10.0] * LEARNING_FRAMES, silence_limit).limit_ms == FLOOR_MS
    assert limit_after([1_000.0] * (LEARNING_FRAMES - 1)).limit_ms == DEFAULT_MS
    assert limit_after([1_000.0] * LEARNING_FRAMES).limit_ms == 20_000.0
    frames = int(LEARNING_SHARE * DEFAULT_MS / 100.0)
    assert limit_after([100.0] * (frames - 1)).limit_ms == DEFAULT_MS, "it was seen too shortly"
    assert limit_after([100.0] * frames).limit_ms == FLOOR_MS


@given(st.lists(st.floats(1_000.0, 9_000.0), min_size=30), st.integers(1, 50))
def test_frames_that_come_together_are_one_arrival(gaps: list[float], together: int) -> None:
    bursts = [gap_ms for one in gaps for gap_ms in [one, *[0.0] * (together - 1)]]
    assert limit_after(bursts).limit_ms == limit_after(gaps).limit_ms
