"""Mids by second, and the moves between them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dashboards.proof.mids import MidSeries
from schemas.signals.repeat import BOOK_REPEAT_MS


def test_seconds_may_come_in_any_order_and_have_holes() -> None:
    series = MidSeries.of([5_000, 2_000, 3_000], [105.0, 102.0, None])
    assert series.start_s == 2
    assert np.array_equal(series.mid, [102.0, np.nan, np.nan, 105.0], equal_nan=True)


def test_a_mid_holds_until_the_next_one_but_not_for_ever() -> None:
    series = MidSeries.of([1_000, 4_000, 4_000 + BOOK_REPEAT_MS + 2_000], [101.0, 104.0, 106.0])
    held = BOOK_REPEAT_MS // 1_000
    expected = [*[101.0] * 3, *[104.0] * held, np.nan, np.nan, 106.0]
    assert np.array_equal(series.mid, expected, equal_nan=True)


def test_without_seconds_there_are_no_moves() -> None:
    assert len(MidSeries.of([], []).moves(5)) == 0


@given(
    mid=arrays.arrays(
        np.float64, st.integers(1, 40), elements=st.one_of(st.floats(1, 1_000), st.just(np.nan))
    ),
    horizon=st.integers(1, 12),
)
def test_a_move_across_a_book_that_was_lost_is_not_known(
    mid: "np.ndarray[tuple[int], np.dtype[np.float64]]", horizon: int
) -> None:
    moves = MidSeries(0, mid).moves(horizon)
    assert len(moves) == max(0, len(mid) - horizon)
    for at, move in enumerate(moves):
        path = mid[at : at + horizon + 1]
        if np.isnan(path).any():
            assert np.isnan(move)
        else:
            assert abs(move - (path[-1] / path[0] - 1) * 10_000) < 1e-6


def test_restlessness_is_told_by_the_minute_before() -> None:
    calm, wild = np.full(600, 100.0), 100.0 + np.arange(600) % 2
    classes = MidSeries(0, np.concatenate([calm, wild])).sigma_class
    assert classes[300] == 0
    assert classes[900] > classes[300]
    assert classes[600] == 0
