"""The small pure parts of the shell: latency, stalls, memory."""

import os
import subprocess
import sys

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from processors.faust_app.shrink import ShrinkDetector
from processors.faust_app.stall import StallDetector
from processors.latency import LatencyHistogram
from processors.ops.memory import tree_rss_mb

TP_0, TP_1 = TP("t", 0), TP("t", 1)


@given(st.lists(st.floats(0.2, 100_000.0), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_is_right_within_a_tenth(values: list[float], share: float) -> None:
    histogram = LatencyHistogram()
    for value in values:
        histogram.add(value)
    ordered = sorted(values)
    exact = next(v for i, v in enumerate(ordered, 1) if i >= share * len(ordered))
    found = histogram.quantile(share)
    assert found is not None
    assert exact * 0.999 <= found <= exact * 1.101


def test_an_empty_histogram_has_no_quantile_and_odd_values_are_kept() -> None:
    histogram = LatencyHistogram()
    assert histogram.quantile(0.5) is None
    histogram.add(-5.0)
    histogram.add(1e12)
    assert histogram.count == 2
    assert histogram.quantile(0.5) == 0.1


def test_only_a_partition_with_more_to_read_that_does_not_move_has_stalled() -> None:
    detector = StallDetector(stall_s=5.0)
    ends = {TP_0: 10, TP_1: 10}
    assert detector.stalled(100.0, {TP_0: 3, TP_1: 10}, ends) == {}
    assert detector.stalled(104.0, {TP_0: 3, TP_1: 10}, ends) == {}
    assert detector.stalled(105.0, {TP_0: 3, TP_1: 10}, ends) == {TP_0: 3}
    assert detector.stalled(106.0, {TP_0: 3, TP_1: 10}, ends) == {}, "once per interval"
    assert detector.stalled(110.0, {TP_0: 4, TP_1: 10}, ends) == {}
    assert detector.stalled(114.0, {TP_0: 4}, ends) == {}
    assert detector.stalled(115.0, {TP_0: 4}, ends) == {TP_0: 4}


def test_a_partition_may_wait_longer_while_another_is_worked_on() -> None:
    detector = StallDetector(stall_s=5.0)
    ends = {TP_0: 10, TP_1: 1_000}
    for second in range(60):
        assert detector.stalled(100.0 + second, {TP_0: 3, TP_1: second}, ends) == {}
    assert detector.stalled(160.0, {TP_0: 3, TP_1: 60}, ends) == {TP_0: 3}


def test_a_log_has_shrunk_when_look_after_look_says_so() -> None:
    detector = ShrinkDetector()
    ends = {TP_0: 10, TP_1: 10}
    assert detector.shrunken({TP_0: 11, TP_1: 10}, ends) == []
    assert detector.shrunken({TP_0: 11, TP_1: 11}, ends) == []
    assert detector.shrunken({TP_0: 11, TP_1: 10}, ends) == [TP_0]
    assert detector.shrunken({TP_0: 10, TP_1: 11}, ends) == [], "it did not agree in a row"
    assert detector.shrunken({TP_0: 10, TP_1: 11}, ends) == []
    assert detector.shrunken({TP_0: 10, TP_1: 11}, {}) == [], "unknown"


def test_the_memory_of_a_tree_contains_its_children() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        figures = tree_rss_mb(os.getpid())
        pids = {int(name.rsplit(":", 1)[1]) for name in figures}
        assert {os.getpid(), child.pid} <= pids
        assert all(megabytes > 0 for megabytes in figures.values())
        assert len(tree_rss_mb(None)) == 1
    finally:
        child.communicate(b"\n")
