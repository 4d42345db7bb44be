"""The few figures of the pipeline that fit into a footer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Footer:
    """Turns the pipeline's own status into figures; rates need the status before."""

    def __init__(self) -> None:
        self._records: int | None = None
        self._at_s = 0.0
        self._rate: float | None = None

    def figures(self, status: Mapping[str, Any], now_s: float) -> dict[str, Any]:
        """Return records/s over the time since the last call, lag (records), latency (ms) and RSS
        (MB); what the status does not tell is None. `now_s` is any steady clock.
        """
        records = sum(_object(status, "counters", "records").values())
        if self._records is not None and now_s > self._at_s:
            self._rate = max(0, records - self._records) / (now_s - self._at_s)
        self._records, self._at_s = records, now_s
        latency = _object(status, "latency_ms")
        memory = _object(status, "rss_mb")
        return {
            "records": records,
            "records_per_s": self._rate,
            "lag": status.get("lag"),
            "latency_ms": {"p50": latency.get("p50"), "p99": latency.get("p99")},
            "rss_mb": memory.get("total"),
            "dead_letters": _object(status, "counters").get("dead_letters"),
        }


def _object(status: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    value: Any = status
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
