"""The reports of several workers as one."""

from __future__ import annotations

from typing import Any

import pytest

from compose.errors import UsageError
from compose.stack.pipeline_reports import UNKNOWN, WorkerReports, merged_reports


def _report(partition: str, lag: int | None, p99: float) -> dict[str, Any]:
    return {
        "ready": lag is not None,
        "idle": lag == 0,
        "lag": lag,
        "topics": {"market.depth": {partition: {"next": 5, "end": 7, "lag": 2}}},
        "counters": {"records": {"market.depth": 10}, "faults": {}},
        "latency_ms": {"p50": 1.0, "p99": p99, "count": 4},
    }


def test_partitions_side_by_side_and_counts_added_up() -> None:
    merged = merged_reports([_report("0", 2, 3.0), _report("1", 0, 9.0)])
    assert set(merged["topics"]["market.depth"]) == {"0", "1"}
    assert merged["counters"]["records"] == {"market.depth": 20}
    assert merged["lag"] == 2
    assert merged["latency_ms"] == {"p50": 1.0, "p99": 9.0, "count": 8}
    assert merged["ready"] is True
    assert merged["idle"] is False


def test_a_worker_that_does_not_know_makes_the_lag_unknown() -> None:
    merged = merged_reports([_report("0", 2, 3.0), _report("1", None, 9.0)])
    assert merged["lag"] is None
    assert merged["ready"] is False


def test_no_worker_is_an_unknown_pipeline() -> None:
    assert merged_reports([]) == UNKNOWN


async def test_nobody_answers() -> None:
    assert await WorkerReports("127.0.0.1:9").read() == UNKNOWN


@pytest.mark.parametrize("address", ["worker", ":8080", "worker:0", "worker:x"])
def test_a_wrong_address(address: str) -> None:
    with pytest.raises(UsageError, match="expected HOST:PORT"):
        WorkerReports(address)
