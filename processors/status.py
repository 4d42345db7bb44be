"""The worker's report about itself: `/api/v1/pipeline/status` and the last line of stdout."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import faust
from faust.types import TP

from processors.emitter import Emitter
from processors.market import MarketShell
from processors.memory import tree_rss_mb
from processors.metrics import ShellMetrics
from processors.storage import StoreShell

Lags = dict[str, dict[str, dict[str, int]]]
"""topic -> partition -> {"next", "end", "lag"}."""


class StatusReporter:
    """Gathers positions, lags and counters.

    The report is a JSON object: `ready`, `idle`, `lag`, `topics` (per input topic and partition
    `next`, `end`, `lag`), `sink` (the same for what is stored, and the store's own statistics
    `stats`), `counters`, `latency_ms`, `rss_mb`.
    """

    def __init__(
        self,
        market_app: Callable[[], faust.App],
        store_app: Callable[[], faust.App],
        market: MarketShell,
        store: StoreShell,
        emitter: Emitter,
        market_metrics: ShellMetrics,
        store_metrics: ShellMetrics,
        sink_stats: Callable[[], dict[str, Any]],
        stack_pid: int | None,
    ) -> None:
        self._market_app = market_app
        self._store_app = store_app
        self._market = market
        self._store = store
        self._emitter = emitter
        self._market_metrics = market_metrics
        self._store_metrics = store_metrics
        self._sink_stats = sink_stats
        self._stack_pid = stack_pid
        self.ready = False

    async def collect(self) -> dict[str, Any]:
        """Return the report. While partitions move, `ready` is false and lags are unknown.

        `idle` means: the engines were given everything that was in the input topics when the report
        was made, and all that followed from it is acknowledged and stored. `waiting` counts, per
        topic, records that the engines have and hold back until another stream catches up.
        """
        if not self.ready:
            return self.unknown()
        # Upstream first: what upstream still had to do would show as lag downstream.
        topics = await _lags(self._market_app(), self._market.positions)
        unacknowledged = self._emitter.unacknowledged
        stored = await _lags(self._store_app(), self._store.stored_positions)
        return self._report(topics, stored, unacknowledged)

    def unknown(self) -> dict[str, Any]:
        """Return the report while positions cannot be read."""
        return self._report(None, None, self._emitter.unacknowledged)

    def _report(
        self, topics: Lags | None, stored: Lags | None, unacknowledged: int
    ) -> dict[str, Any]:
        known = topics is not None and stored is not None
        lag = _total(topics) + _total(stored) + unacknowledged if known else None
        return {
            "ready": known,
            "idle": lag == 0,
            "lag": lag,
            "topics": topics or {},
            "waiting": self._market.waiting(),
            "sink": {
                "topics": stored or {},
                "lag": _total(stored) if known else None,
                "stats": self._sink_stats(),
            },
            "counters": self.counters(),
            "latency_ms": {
                "p50": self._market_metrics.latency.quantile(0.5),
                "p99": self._market_metrics.latency.quantile(0.99),
                "count": self._market_metrics.latency.count,
            },
            "rss_mb": self.rss_mb(),
        }

    def counters(self) -> dict[str, Any]:
        """Return everything that is counted."""
        market, store = self._market_metrics, self._store_metrics
        return {
            "records": dict(sorted(market.records.items())),
            "signals": dict(sorted(market.signals.items())),
            "stored_records": dict(sorted(store.records.items())),
            "rows": self._sink_stats()["rows"],
            "duplicates_skipped": market.duplicates_skipped + store.duplicates_skipped,
            "gaps": market.gaps + store.gaps,
            "lost_records": market.lost_records + store.lost_records,
            "shrunken_logs": market.shrunken_logs + store.shrunken_logs,
            "dead_letters": market.dead_letters + int(self._sink_stats()["dead_letters"]),
            "stalls": market.stalls + store.stalls,
            "rewinds": market.rewinds + store.rewinds,
            "checkpoints": market.checkpoints,
            "largest_state_bytes": market.state_bytes,
            "unacknowledged": self._emitter.unacknowledged,
            "faults": dict(market.faults),
            "faulted_records": market.faulted_records,
        }

    def rss_mb(self) -> dict[str, Any]:
        """Return the resident memory of this process and, where the stack is known, of all."""
        processes = tree_rss_mb(self._stack_pid)
        own = tree_rss_mb(None)
        return {
            "worker": round(sum(own.values()), 1),
            "total": round(sum(processes.values()), 1),
            "processes": processes,
            "pid": os.getpid(),
        }


async def _lags(app: faust.App, positions: Callable[[], Mapping[TP, int]]) -> Lags | None:
    """Return next, end and lag per topic and partition; None while nothing is assigned."""
    assigned = positions()
    if not assigned or app.rebalancing:
        return None
    earliest = await app.consumer.earliest_offsets(*assigned)
    ends = await app.consumer.highwaters(*assigned)
    result: Lags = {}
    reached = positions()
    for tp in sorted(assigned):
        if tp not in reached:
            return None
        end = ends[tp]
        # A partition that was never read stands at 0, which retention may have deleted.
        position = min(max(reached[tp], earliest[tp]), end)
        result.setdefault(tp.topic, {})[str(tp.partition)] = {
            "next": position,
            "end": end,
            "lag": end - position,
        }
    return result


def _total(topics: Lags | None) -> int:
    return sum(
        partition["lag"]
        for partitions in (topics or {}).values()
        for partition in partitions.values()
    )
