"""Intervals over blocks, and many comparisons at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.proof.intervals import benjamini_hochberg, block_ms, blocks_of, bootstrap

FLOATS = st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=40)


def test_a_block_is_longer_than_two_horizons() -> None:
    assert block_ms(1_000, 60_000) == 60_000
    assert block_ms(900_000, 60_000) == 1_800_000
    assert block_ms(1_000, 7 * 86_400_000) == 7 * 86_400_000 / 500


def test_blocks_are_numbered_without_holes() -> None:
    told = np.array([0, 10, 60_000, 600_000], dtype=np.int64)
    assert list(blocks_of(told, 60_000)) == [0, 0, 1, 2]


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    blocks = np.repeat(np.arange(20), 4)
    covered = 0
    for _ in range(300):
        shared = np.repeat(random.standard_normal(20), 4)
        effects = 1.0 + shared + 0.3 * random.standard_normal(80)
        interval = bootstrap(effects, blocks, random)
        covered += interval.low <= 1.0 <= interval.high
    assert 0.90 <= covered / 300 <= 0.99


def test_readings_of_one_block_count_as_one() -> None:
    random = np.random.default_rng(5)
    one_each = random.standard_normal(12)
    many = bootstrap(np.repeat(one_each, 50), np.repeat(np.arange(12), 50), random)
    one = bootstrap(one_each, np.arange(12), np.random.default_rng(5))
    assert many.high - many.low == pytest.approx(one.high - one.low, rel=0.15)


def test_effects_that_never_vary_have_no_width() -> None:
    interval = bootstrap(np.zeros(30), np.arange(30), np.random.default_rng(1))
    assert (interval.low, interval.mean, interval.high, interval.p) == (0.0, 0.0, 0.0, 1.0)


def test_the_worked_example_of_many_comparisons() -> None:
    """Benjamini & Hochberg 1995, section 3.2: of 15 p-values four are called at 5 %."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert int((benjamini_hochberg(np.array(p)) <= 0.05).sum()) == 4


@given(FLOATS)
def test_a_rate_is_never_smaller_than_its_p_and_keeps_the_order(values: list[float]) -> None:
    p = np.array(values)
    q = benjamini_hochberg(p)
    assert (q >= p - 1e-12).all()
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= -1e-12).all()
