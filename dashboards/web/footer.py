"""The few figures of the pipeline that fit into a footer."""

from __future__ import annotations

from typing import Any

from schemas.status import PipelineStatus


class Footer:
    """Turns the pipeline's own status into figures; rates need the status before."""

    def __init__(self) -> None:
        self._records: int | None = None
        self._at_s = 0.0
        self._rate: float | None = None

    def figures(self, status: PipelineStatus, now_s: float) -> dict[str, Any]:
        """Return records/s over the time since the last call, lag (records), latency (ms) and RSS
        (MB); what the status does not tell is None. `now_s` is any steady clock.
        """
        records = sum(status.counters.records.values())
        if self._records is not None and now_s > self._at_s:
            self._rate = max(0, records - self._records) / (now_s - self._at_s)
        self._records, self._at_s = records, now_s
        return {
            "records": records,
            "records_per_s": self._rate,
            "lag": status.lag,
            "latency_ms": {"p50": status.latency_ms.p50, "p99": status.latency_ms.p99},
            "rss_mb": status.rss_mb.total,
            "dead_letters": status.counters.dead_letters,
        }
