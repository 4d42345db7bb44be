"""Purge and embargo: nothing in sample knows what came after the cut."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compose.backtest.judgement.objective import Chosen
from compose.backtest.judgement.splits import cuts, within

TIMES = st.lists(st.integers(0, 10_000), min_size=1, max_size=60).map(sorted)


def chosen(told: list[int]) -> Chosen:
    return Chosen(np.array(told, dtype=np.int64), np.zeros(len(told)))


@given(TIMES, st.integers(1, 3_000), st.integers(0, 2_000), st.lists(st.integers(0, 10_000)))
def test_no_horizon_crosses_a_cut_and_nothing_is_told_in_the_embargo(
    told: list[int], horizon_ms: int, embargo_ms: int, edges: list[int]
) -> None:
    edges = sorted({0, *edges, 20_000})
    times = np.array(told, dtype=np.int64)
    counted = np.zeros(len(told), dtype=np.int64)
    for begin, end in itertools.pairwise(edges):
        mask = within(times, horizon_ms, begin, end, embargo_ms)
        counted += mask
        for time, is_within in zip(told, mask.tolist(), strict=True):
            crosses = any(time < edge < time + horizon_ms for edge in edges)
            inside = begin <= time < end and time - begin >= embargo_ms
            assert is_within == (inside and not crosses)
    assert counted.max() <= 1


@given(st.lists(TIMES, min_size=1, max_size=4), st.integers(2, 8))
def test_cuts_part_the_readings_evenly(points: list[list[int]], parts: int) -> None:
    edges = cuts([chosen(told) for told in points], parts)
    told = np.sort(np.concatenate([np.array(own) for own in points]))
    assert len(edges) == parts + 1
    assert (np.diff(edges) >= 0).all()
    assert edges[0] == told[0]
    if len(set(told.tolist())) == len(told):
        counts = np.histogram(told, np.unique(edges))[0]
        assert counts.max() - counts.min() <= 1 or len(told) < parts


def test_without_a_reading_there_is_nothing_to_part() -> None:
    assert cuts([chosen([])], 4).tolist() == [0, 0, 0, 0, 0]
