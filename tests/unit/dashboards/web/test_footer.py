"""Figures of the footer from the pipeline's own status."""

import pytest

from dashboards.web.footer import Footer
from schemas.status import Counters, Latency, Memory, PipelineStatus


def status(records: int) -> PipelineStatus:
    applied = {"market.depth": records, "market.trades": 10}
    return PipelineStatus(
        lag=7,
        counters=Counters(records=applied, dead_letters=1),
        latency_ms=Latency(p50=2.5, p99=40.0, count=9),
        rss_mb=Memory(worker=400.0, total=612.5),
    )


def test_a_rate_needs_two_looks() -> None:
    footer = Footer()
    first = footer.figures(status(90), 100.0)
    assert first["records"] == 100
    assert first["records_per_s"] is None
    second = footer.figures(status(190), 102.0)
    assert second["records_per_s"] == pytest.approx(50.0)
    assert second["lag"] == 7
    assert second["latency_ms"] == {"p50": 2.5, "p99": 40.0}
    assert second["rss_mb"] == 612.5
    assert second["dead_letters"] == 1


def test_a_counter_that_starts_anew_is_no_negative_rate() -> None:
    footer = Footer()
    footer.figures(status(1_000), 1.0)
    assert footer.figures(status(0), 2.0)["records_per_s"] == 0


def test_a_status_that_tells_nothing_gives_nothing() -> None:
    figures = Footer().figures(PipelineStatus(), 1.0)
    assert figures["lag"] is None
    assert figures["rss_mb"] is None
    assert figures["latency_ms"] == {"p50": None, "p99": None}
