"""The statuses of several workers as one."""

from __future__ import annotations

from schemas.status import Counters, Latency, Memory, PipelineStatus, Position


def _status(partition: str, lag: int | None, p99: float) -> PipelineStatus:
    return PipelineStatus(
        ready=lag is not None,
        idle=lag == 0,
        lag=lag,
        topics={"market.depth": {partition: Position(next=5, end=7, lag=2)}},
        counters=Counters(
            records={"market.depth": 10},
            gaps=1,
            largest_state_bytes=int(p99),
            faults={f"fault-{partition}": "why"},
        ),
        latency_ms=Latency(p50=1.0, p99=p99, count=4),
        rss_mb=Memory(worker=100.0, processes={f"worker:{partition}": 100.0}),
    )


def test_partitions_side_by_side_and_counts_added_up() -> None:
    merged = PipelineStatus.merge([_status("0", 2, 3.0), _status("1", 0, 9.0)])
    assert set(merged.topics["market.depth"]) == {"0", "1"}
    assert merged.counters.records == {"market.depth": 20}
    assert merged.counters.gaps == 2
    assert merged.counters.largest_state_bytes == 9
    assert set(merged.counters.faults) == {"fault-0", "fault-1"}
    assert merged.lag == 2
    assert merged.latency_ms == Latency(p50=1.0, p99=9.0, count=8)
    assert merged.rss_mb.worker == 200.0
    assert merged.ready is True
    assert merged.idle is False


def test_a_worker_that_does_not_know_makes_the_lag_unknown() -> None:
    merged = PipelineStatus.merge([_status("0", 2, 3.0), _status("1", None, 9.0)])
    assert merged.lag is None
    assert merged.ready is False


def test_one_worker_is_itself_and_none_is_an_unknown_pipeline() -> None:
    one = _status("0", 2, 3.0)
    assert PipelineStatus.merge([one]) == one
    assert PipelineStatus.merge([]) == PipelineStatus()


def test_a_status_survives_json() -> None:
    one = _status("0", 2, 3.0)
    assert PipelineStatus.model_validate_json(one.model_dump_json()) == one
