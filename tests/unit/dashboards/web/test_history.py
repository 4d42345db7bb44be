"""The last hour of the pipeline's figures."""

from dashboards.web.history import SAMPLES, HealthHistory
from schemas.status import (
    Counters,
    Latency,
    Memory,
    PipelineStatus,
    Quantiles,
    SinkFigures,
    SinkStatus,
)


def status(lag: int) -> PipelineStatus:
    return PipelineStatus(
        lag=lag,
        counters=Counters(records={"market.depth": 10 * lag}),
        latency_ms=Latency(p50=1.0, p99=9.0),
        sink=SinkStatus(stats=SinkFigures(insert_ms=Quantiles(p50=4.0))),
        rss_mb=Memory(total=500.0),
    )


def test_samples_are_columns_and_an_hour_is_all() -> None:
    history = HealthHistory()
    for index in range(SAMPLES + 5):
        history.add(status(index), 1_000 * index, float(index))
    columns = history.columns()
    assert len(columns["lag"]) == SAMPLES
    assert columns["lag"][-1] == SAMPLES + 4
    assert columns["records_per_s"][-1] == 10.0
    assert history.columns(2)["time_ms"] == [1_000 * (SAMPLES + 3), 1_000 * (SAMPLES + 4)]
    assert history.columns(1)["insert_ms"] == [4.0]


def test_a_status_that_tells_nothing_is_a_hole() -> None:
    history = HealthHistory()
    history.add(PipelineStatus(), 1, 1.0)
    assert history.columns()["lag"] == [None]
    assert history.columns()["insert_ms"] == [None]
