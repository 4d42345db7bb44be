"""What a metric is: defined once with its meaning, written in Prometheus' terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    """Only grows; the name on the wire ends with `_total`."""
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram that is observed value by value, in the unit of the metric."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """The metrics of one service, whose names begin alike."""

    prefix: str

    def counter(self, name: str, text: str, *labels: str) -> Metric:
        """Define a figure that only grows."""
        return Metric(f"{self.prefix}_{name}", Kind.COUNTER, text, labels)

    def gauge(self, name: str, text: str, *labels: str) -> Metric:
        """Define a figure that goes up and down."""
        return Metric(f"{self.prefix}_{name}", Kind.GAUGE, text, labels)

    def histogram(self, name: str, text: str, buckets: tuple[float, ...] = ()) -> Metric:
        """Define a distribution."""
        return Metric(f"{self.prefix}_{name}", Kind.HISTOGRAM, text, (), buckets)


Value = float | Mapping[tuple[str, ...], float]
"""One figure, or one for each combination of labels."""


def histogram(metric: Metric, registry: CollectorRegistry) -> Histogram:
    """Return a histogram of `registry` that is observed value by value."""
    return Histogram(metric.name, metric.help, registry=registry, buckets=metric.buckets)


def family(metric: Metric, value: Value) -> Family:
    """Return a counter or a gauge with its figures, as a collector yields it."""
    kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    made: CounterMetricFamily | GaugeMetricFamily = kind(
        metric.name, metric.help, labels=metric.labels
    )
    values = value if isinstance(value, Mapping) else {(): value}
    for labels, figure in values.items():
        made.add_metric(list(labels), figure)
    return made
