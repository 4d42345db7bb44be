"""The worker's report about itself: `/api/v1/pipeline/status` and the last line of stdout."""

from __future__ import annotations

import os

from processors.ops.lags import Lags, total
from processors.ops.memory import tree_rss_mb
from processors.ops.parts import Parts
from schemas.status import Counters, Latency, Memory, PipelineStatus, SinkStatus


class StatusReporter:
    """Gathers positions, lags and counters."""

    def __init__(self, parts: Parts, stack_pid: int | None) -> None:
        self._parts = parts
        self._stack_pid = stack_pid

    def report(self, lags: Lags | None) -> PipelineStatus:
        """Return the report; `lags` are None, and it is not ready, while partitions move."""
        latency = self._parts.market_metrics.latency
        return PipelineStatus(
            ready=lags is not None,
            idle=lags is not None and lags.total == 0,
            lag=None if lags is None else lags.total,
            topics={} if lags is None else lags.topics,
            waiting=self._parts.market.waiting(),
            sink=SinkStatus(
                topics={} if lags is None else lags.stored,
                lag=None if lags is None else total(lags.stored),
                stats=self._parts.sink.stats.figures(),
            ),
            counters=self._counters(),
            latency_ms=Latency(
                p50=latency.quantile(0.5), p99=latency.quantile(0.99), count=latency.count
            ),
            rss_mb=self._memory(),
        )

    def _counters(self) -> Counters:
        market, store = self._parts.market_metrics, self._parts.store_metrics
        sink = self._parts.sink.stats
        return Counters(
            records=dict(sorted(market.records.items())),
            signals=dict(sorted(market.signals.items())),
            stored_records=dict(sorted(store.records.items())),
            rows=dict(sink.rows),
            duplicates_skipped=market.duplicates_skipped + store.duplicates_skipped,
            gaps=market.gaps + store.gaps,
            lost_records=market.lost_records + store.lost_records,
            shrunken_logs=market.shrunken_logs + store.shrunken_logs,
            dead_letters=market.dead_letters + sink.dead_letters,
            stalls=market.stalls + store.stalls,
            rewinds=market.rewinds + store.rewinds,
            checkpoints=market.checkpoints,
            largest_state_bytes=market.state_bytes,
            unacknowledged=self._parts.emitter.unacknowledged,
            faults=dict(market.faults),
            faulted_records=market.faulted_records,
        )

    def _memory(self) -> Memory:
        """Return the resident memory of this process and, where the stack is known, of all."""
        processes = tree_rss_mb(self._stack_pid)
        own = tree_rss_mb(None)
        return Memory(
            worker=round(sum(own.values()), 1),
            total=round(sum(processes.values()), 1),
            processes=processes,
            pid=os.getpid(),
        )
