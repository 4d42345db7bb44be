"""Readings at shifted times, against looking every one of them up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dashboards.proof.controls import FEW_A_DAY, Day, means_of, shifts_of
from dashboards.proof.mids import Floats, Ints

MOVES = arrays.arrays(
    np.float64,
    st.integers(1, 60),
    elements=st.one_of(st.floats(-50, 50), st.just(np.nan)),
)


@st.composite
def days(draw: st.DrawFn) -> Day:
    moves = draw(MOVES)
    count = draw(st.sampled_from((1, 5, FEW_A_DAY, FEW_A_DAY + 1, 3 * FEW_A_DAY)))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    offsets = random.integers(0, len(moves), count)
    return Day(moves, offsets, random.choice([-1.0, 1.0], count))


def looked_up(every: list[Day], shift: int) -> float:
    found = [
        direction * day.moves[(offset + shift) % len(day.moves)]
        for day in every
        for offset, direction in zip(day.offsets, day.directions, strict=True)
    ]
    known = [move for move in found if not np.isnan(move)]
    return sum(known) / len(known) if known else float("nan")


@given(st.lists(days(), min_size=1, max_size=3))
@settings(max_examples=80)
def test_the_mean_under_a_shift_is_that_of_the_moves_there(every: list[Day]) -> None:
    shifts: Ints = np.arange(90, dtype=np.int64)
    expected: Floats = np.array([looked_up(every, int(shift)) for shift in shifts])
    assert means_of(every, shifts) == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_no_shift_is_closer_than_the_horizon_around_the_clock() -> None:
    day = Day(np.zeros(600), np.array([3]), np.ones(1))
    shifts = shifts_of([day], 15)
    assert (shifts.min(), shifts.max()) == (15, 585)
    assert len(shifts_of([], 15)) == 0
    assert len(shifts_of([Day(np.zeros(20), np.array([3]), np.ones(1))], 15)) == 0
