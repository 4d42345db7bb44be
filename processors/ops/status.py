"""The worker's report about itself: `/api/v1/pipeline/status` and the last line of stdout."""

from __future__ import annotations

import os
from typing import Any

from processors.ops.lags import LagReader, Lags, total
from processors.ops.memory import tree_rss_mb
from processors.ops.parts import Parts


class StatusReporter:
    """Gathers positions, lags and counters.

    The report is a JSON object: `ready`, `idle`, `lag`, `topics` (per input topic and partition
    `next`, `end`, `lag`), `sink` (the same for what is stored, and the store's own statistics
    `stats`), `counters`, `latency_ms`, `rss_mb`.
    """

    def __init__(self, parts: Parts, lags: LagReader, stack_pid: int | None) -> None:
        self._parts = parts
        self._lags = lags
        self._stack_pid = stack_pid
        self.ready = False

    async def collect(self) -> dict[str, Any]:
        """Return the report. While partitions move, `ready` is false and lags are unknown.

        `idle` means: the engines were given everything that was in the input topics when the report
        was made, and all that followed from it is acknowledged and stored. `waiting` counts, per
        topic, records that the engines have and hold back until another stream catches up.
        """
        return self._report(await self._lags.known() if self.ready else None)

    def _report(self, lags: Lags | None) -> dict[str, Any]:
        latency = self._parts.market_metrics.latency
        return {
            "ready": lags is not None,
            "idle": lags is not None and lags.total == 0,
            "lag": lags.total if lags is not None else None,
            "topics": lags.topics if lags is not None else {},
            "waiting": self._parts.market.waiting(),
            "sink": {
                "topics": lags.stored if lags is not None else {},
                "lag": total(lags.stored) if lags is not None else None,
                "stats": self._parts.sink.stats.as_dict(),
            },
            "counters": self._counters(),
            "latency_ms": {
                "p50": latency.quantile(0.5),
                "p99": latency.quantile(0.99),
                "count": latency.count,
            },
            "rss_mb": self._rss_mb(),
        }

    def _counters(self) -> dict[str, Any]:
        market, store = self._parts.market_metrics, self._parts.store_metrics
        sink = self._parts.sink.stats
        return {
            "records": dict(sorted(market.records.items())),
            "signals": dict(sorted(market.signals.items())),
            "stored_records": dict(sorted(store.records.items())),
            "rows": dict(sink.rows),
            "duplicates_skipped": market.duplicates_skipped + store.duplicates_skipped,
            "gaps": market.gaps + store.gaps,
            "lost_records": market.lost_records + store.lost_records,
            "shrunken_logs": market.shrunken_logs + store.shrunken_logs,
            "dead_letters": market.dead_letters + sink.dead_letters,
            "stalls": market.stalls + store.stalls,
            "rewinds": market.rewinds + store.rewinds,
            "checkpoints": market.checkpoints,
            "largest_state_bytes": market.state_bytes,
            "unacknowledged": self._parts.emitter.unacknowledged,
            "faults": dict(market.faults),
            "faulted_records": market.faulted_records,
        }

    def _rss_mb(self) -> dict[str, Any]:
        """Return the resident memory of this process and, where the stack is known, of all."""
        processes = tree_rss_mb(self._stack_pid)
        own = tree_rss_mb(None)
        return {
            "worker": round(sum(own.values()), 1),
            "total": round(sum(processes.values()), 1),
            "processes": processes,
            "pid": os.getpid(),
        }
