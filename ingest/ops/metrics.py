"""The metrics of a running ingest, read from its components on every scrape."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator

import psutil
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from ingest.ops import metric_definitions as m
from ingest.publish.producer import OutboxProducer
from ingest.publish.publisher import Publisher
from ingest.rest_api.budget import WeightBudget
from ingest.rest_api.client import RestClient
from ingest.venue_session import VenueSession
from schemas.loop_lag import LoopLag
from schemas.metrics import Metric, Value, family


class IngestMetrics(Collector):
    """Exposes the counters of a service when a registry collects."""

    def __init__(
        self,
        registry: CollectorRegistry,
        session: VenueSession,
        publisher: Publisher,
        producer: OutboxProducer,
        rest: RestClient,
        budget: WeightBudget,
    ) -> None:
        """Register at `registry`."""
        self._session = session
        self._publisher = publisher
        self._producer = producer
        self._rest = rest
        self._budget = budget
        self._process = psutil.Process()
        self._clock = asyncio.get_running_loop().time
        self._registry = registry
        registry.register(self)
        self.loop_lag = LoopLag(m.LOOP_LAG, m.GC_PAUSE, registry)

    def text(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Family]:
        """Yield every metric except the histograms."""
        for metric, value in self._values():
            yield family(metric, value)

    def _values(self) -> Iterator[tuple[Metric, Value]]:
        session, publisher, market = self._session, self._publisher, self._session.market
        figures = market.figures()
        yield m.FRAMES, {(kind,): count for kind, count in market.intake.frames.items()}
        yield m.BYTES, market.intake.bytes_received
        yield m.RECORDS, {(topic,): count for topic, count in publisher.counts.items()}
        yield m.RECORDS_LOST, publisher.outbox.refused
        yield m.LOST_BY_BROKER, self._producer.lost_by_broker
        yield m.DIFFS, figures["diffs_applied"]
        yield m.GAPS, figures["gaps"]
        yield m.RESYNCS, figures["resyncs"]
        yield m.SNAPSHOTS_REFUSED, figures["snapshots_refused"]
        yield m.TOO_LARGE, figures["depth_too_large"]
        yield m.DEPTH_SILENCES, figures["depth_silences"]
        yield m.CONTRADICTIONS, figures["book_contradictions"]
        yield m.DEPTH_LOST, figures["depth_records_lost"]
        yield m.TRADES_LOST, figures["trades_lost"]
        yield m.TRADES_LATE, figures["late_trades"]
        yield m.TRADES_UNSOUND, figures["unsound_trade_ranges"]
        yield m.REPEATED, figures["repeated_trades_dropped"]
        yield m.TIMES_AHEAD, market.intake.times_ahead
        yield m.SILENCE_ALARMS, market.health.alarms
        yield m.RECONNECTS, session.reconnects
        yield m.ROTATIONS, session.rotations
        rest = self._rest
        refusals = {"403": rest.http_403, "429": rest.http_429, "418": rest.http_418}
        yield m.REST_REFUSALS, {(status,): count for status, count in refusals.items()}
        yield m.PRODUCER_REBUILDS, self._producer.rebuilds
        yield m.SYMBOLS, len(session.symbols)
        yield m.SYMBOLS_WAITING, session.symbols_waiting
        yield m.SYMBOLS_UNVALUED, market.quotes.symbols_without
        yield m.BOOKS_WAITING, len(session.books_waiting)
        states = {stream: state or "unheard" for stream, state in market.health.states.items()}
        yield m.STREAMS, {(str(s),): n for s, n in Counter(states.values()).items()}
        yield m.STREAM_STATE, {(stream, str(state)): 1 for stream, state in states.items()}
        yield m.CONNECTED, {(name,): int(up) for name, up in session.connections.items()}
        now_s = self._clock()
        yield m.WEIGHT, self._budget.used(now_s)
        yield m.WEIGHT_PEAK, max(self._budget.peak, self._rest.weight_reported_max)
        yield m.CIRCUIT, self._budget.closed_s(now_s)
        yield m.OUTBOX_BYTES, publisher.outbox.bytes
        yield m.OUTBOX_RECORDS, len(publisher.outbox)
        yield m.BROKER_BEHIND, publisher.behind_s
        yield m.RSS, self._process.memory_info().rss
