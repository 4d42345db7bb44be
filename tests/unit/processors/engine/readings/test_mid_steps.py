"""How restless mid is: the same whether steps go along or are made of the mids."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.engine.verdict.mid_steps import FEWEST_STEPS, MidSteps
from processors.engine.verdict.surroundings import Depth, Surroundings

SECONDS = st.lists(
    st.tuples(st.sampled_from([1, 1, 1, 1, 2, 5]), st.floats(90.0, 110.0)), max_size=60
)
MIDS_MS = 20_000


def by_definition(mids: list[tuple[int, float]]) -> float:
    steps = [
        (mid - before) / before * 10_000
        for (since, before), (until, mid) in pairwise(mids)
        if until - since == 1_000
    ]
    if len(steps) < FEWEST_STEPS:
        return 0.0
    mean = sum(steps) / len(steps)
    return sqrt(sum((step - mean) ** 2 for step in steps) / len(steps))


@given(seconds=SECONDS, restarts=st.sets(st.integers(0, 59)), losses=st.sets(st.integers(0, 59)))
def test_sigma_is_that_of_the_mids_that_are_remembered(
    seconds: list[tuple[int, float]], restarts: set[int], losses: set[int]
) -> None:
    around, now = Surroundings(), 0
    steps = MidSteps(around.mids)
    for number, (wait, mid) in enumerate(seconds):
        now += wait * 1_000
        if number in losses:
            around.clear()
        if number in restarts:
            steps = MidSteps(around.mids)
        around.remember(Depth(now, 1.0, 1.0), mid, steps, MIDS_MS, 2_000)
        assert around.mids[0][0] >= now - MIDS_MS
        assert around.sigma_bps == pytest.approx(by_definition(around.mids), rel=1e-9)
        restarted = MidSteps(around.mids)
        assert restarted.sigma_bps() == steps.sigma_bps()
