"""The worker's metrics in Prometheus' format, read from its parts whenever somebody asks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Final

import psutil
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from processors.latency import LatencyHistogram
from processors.ops import metric_definitions as m
from processors.ops.lags import Lags
from processors.ops.parts import Parts
from processors.shell.symbol import SymbolRunner
from schemas.clock import wall_ms
from schemas.loop_lag import LoopLag
from schemas.metrics import Metric, Value, family

ENGINE: Final = "engine"
STORE: Final = "store"


class WorkerMetrics(Collector):
    """A registry of its own, so that two workers in one process do not meet."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._process = psutil.Process()
        self._started_s = time.monotonic()
        self._lags: Lags | None = None
        self._registry = CollectorRegistry()
        self.loop_lag = LoopLag(m.LOOP_LAG, m.GC_PAUSE, self._registry)
        self._registry.register(self)

    def text(self, lags: Lags | None) -> bytes:
        """Return the metrics; lags are left out while they are unknown."""
        self._lags = lags
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Family]:
        """Yield every metric but those of the loop, which are registered by themselves."""
        for values in (self._counters(), self._positions(), self._engines(), self._own()):
            for metric, value in values:
                yield family(metric, value)
        sink = self._parts.sink.stats
        yield _histogram(m.SIGNAL_LATENCY, self._parts.market_metrics.latency)
        yield _histogram(m.STORE_LATENCY, sink.write_times)

    def _counters(self) -> Iterator[tuple[Metric, Value]]:
        engine, store = self._parts.market_metrics, self._parts.store_metrics
        sink = self._parts.sink.stats
        yield m.RECORDS, {(topic,): count for topic, count in engine.records.items()}
        yield m.SIGNALS, {(topic,): count for topic, count in engine.signals.items()}
        yield m.STORED, {(topic,): count for topic, count in store.records.items()}
        yield m.ROWS, {(view,): count for view, count in sink.rows.items()}
        yield m.DUPLICATES, _halves(engine.duplicates_skipped, store.duplicates_skipped)
        yield m.GAPS, _halves(engine.gaps, store.gaps)
        yield m.LOST, _halves(engine.lost_records, store.lost_records)
        yield m.SHRUNKEN, _halves(engine.shrunken_logs, store.shrunken_logs)
        yield m.STALLS, _halves(engine.stalls, store.stalls)
        yield m.DEAD_LETTERS, _halves(engine.dead_letters, sink.dead_letters)
        yield m.REWINDS, engine.rewinds
        yield m.CHECKPOINTS, engine.checkpoints
        yield m.BOOK_RESETS, engine.book_resets
        yield m.LATE_TRADES, engine.late_trades
        yield m.REPEATED_TRADES, engine.repeated_trades
        yield m.FAULTED, engine.faulted_records
        yield m.CROWDED_OUT, engine.crowded_out_records
        yield m.STORE_RETRIES, sink.retries

    def _positions(self) -> Iterator[tuple[Metric, Value]]:
        market, store = self._parts.market, self._parts.store
        yield m.PARTITIONS, _halves(len(market.positions()), len(store.positions()))
        if self._lags is not None:
            halves = ((ENGINE, self._lags.topics), (STORE, self._lags.stored))
            yield (
                m.LAG,
                {
                    (half, topic): sum(place.lag for place in places.values())
                    for half, topics in halves
                    for topic, places in topics.items()
                },
            )
        yield m.WAITING, {(topic,): count for topic, count in market.waiting().items()}

    def _engines(self) -> Iterator[tuple[Metric, Value]]:
        runners: list[SymbolRunner] = [
            runner
            for partition in self._parts.market.partitions
            for runner in partition.symbols.values()
        ]
        now_ms = wall_ms()
        yield (
            m.WATERMARK_DELAY,
            {
                (runner.key, topic): (now_ms - reached) / 1_000
                for runner in runners
                for topic, reached in runner.figures.watermark_ms.items()
            },
        )
        yield m.SYMBOLS, len(runners)
        yield m.SYMBOLS_STOPPED, sum(runner.fault is not None for runner in runners)
        yield m.BOOKS_INVALID, sum(runner.figures.book_valid is False for runner in runners)
        yield (
            m.OPEN_ORDERS,
            {
                (runner.key,): runner.figures.open_orders
                for runner in runners
                if runner.figures.open_orders is not None
            },
        )

    def _own(self) -> Iterator[tuple[Metric, Value]]:
        written_s = self._parts.market_metrics.checkpoint_at_s
        yield m.UNACKNOWLEDGED, self._parts.emitter.unacknowledged
        yield m.CHECKPOINT_AGE, time.monotonic() - (written_s or self._started_s)
        yield m.STATE_BYTES, self._parts.market_metrics.state_bytes
        yield m.STORE_UNWRITTEN, self._parts.sink.unwritten_rows
        yield m.STORE_FAILING, int(self._parts.sink.stats.last_error is not None)
        yield m.RSS, self._process.memory_info().rss


def _halves(engine: float, store: float) -> Value:
    return {(ENGINE,): engine, (STORE,): store}


def _histogram(metric: Metric, durations: LatencyHistogram) -> Family:
    family = HistogramMetricFamily(metric.name, metric.help)
    buckets = [
        ("+Inf" if limit_ms == float("inf") else f"{limit_ms / 1_000:.6g}", float(count))
        for limit_ms, count in durations.cumulative()
    ]
    family.add_metric([], buckets, durations.sum_ms / 1_000)
    return family
