"""How a pipeline is: what a worker says about itself, and many workers as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Position(_Part):
    """Where the reader of one partition stands."""

    next: int
    """Offset of the next record."""
    end: int
    """Offset behind the last record."""
    lag: int
    """Records between the two."""


TopicPositions = dict[str, dict[str, Position]]
"""topic -> partition -> position."""


class Quantiles(_Part):
    """Quantiles of a time, ms; None before the first measurement."""

    p50: float | None = None
    p99: float | None = None


class Latency(Quantiles):
    """Receipt of a frame to the signal that it led to, ms."""

    count: int = 0


class SinkFigures(_Part):
    """What the sink has done since its start."""

    rows: dict[str, int] = {}
    """Rows written per view, repeats included."""
    batches: int = 0
    dead_letters: int = 0
    duplicates_skipped: int = 0
    retries: int = 0
    last_error: str | None = None
    """Why the store did not take the last batch; None while it does."""
    insert_ms: Quantiles = Quantiles()

    @classmethod
    def merge(cls, parts: Sequence[SinkFigures]) -> Self:
        """Return the figures of several sinks as one: counts added up, the slowest times."""
        return cls(
            rows=_added(part.rows for part in parts),
            **_sums(parts, "batches", "dead_letters", "duplicates_skipped", "retries"),
            last_error=next((part.last_error for part in parts if part.last_error), None),
            insert_ms=Quantiles(**_slowest(part.insert_ms for part in parts)),
        )


class SinkStatus(_Part):
    """How far the store is."""

    topics: TopicPositions = {}
    """Up to where the store has the signals' topics."""
    lag: int | None = None
    """Records that are not stored yet; None while unknown."""
    stats: SinkFigures = SinkFigures()


class Counters(_Part):
    """What a worker has counted since its start."""

    records: dict[str, int] = {}
    """Records applied, per input topic."""
    signals: dict[str, int] = {}
    """Signals emitted, per topic."""
    stored_records: dict[str, int] = {}
    rows: dict[str, int] = {}
    duplicates_skipped: int = 0
    gaps: int = 0
    lost_records: int = 0
    shrunken_logs: int = 0
    dead_letters: int = 0
    stalls: int = 0
    rewinds: int = 0
    checkpoints: int = 0
    largest_state_bytes: int = 0
    unacknowledged: int = 0
    faults: dict[str, str] = {}
    """Symbols that a failure of their engine stopped, with the reason."""
    faulted_records: int = 0

    @classmethod
    def merge(cls, parts: Sequence[Counters]) -> Self:
        """Return the counts of several workers added up; of state sizes, the largest."""
        return cls(
            records=_added(part.records for part in parts),
            signals=_added(part.signals for part in parts),
            stored_records=_added(part.stored_records for part in parts),
            rows=_added(part.rows for part in parts),
            **_sums(
                parts,
                "duplicates_skipped",
                "gaps",
                "lost_records",
                "shrunken_logs",
                "dead_letters",
                "stalls",
                "rewinds",
                "checkpoints",
                "unacknowledged",
                "faulted_records",
            ),
            largest_state_bytes=max(part.largest_state_bytes for part in parts),
            faults={key: reason for part in parts for key, reason in part.faults.items()},
        )


class Memory(_Part):
    """Resident memory, MB; None while unknown."""

    worker: float | None = None
    total: float | None = None
    """Of the whole stack, where the worker belongs to one."""
    processes: dict[str, float] = {}
    pid: int | None = None

    @classmethod
    def merge(cls, parts: Sequence[Memory]) -> Self:
        """Return the memory of several workers added up."""
        return cls(
            worker=_sum_known(part.worker for part in parts),
            total=_sum_known(part.total for part in parts),
            processes={name: mb for part in parts for name, mb in part.processes.items()},
            pid=next((part.pid for part in parts if part.pid is not None), None),
        )


class PipelineStatus(_Part):
    """The report of a worker, or of all workers of a cluster. By default: nobody answers."""

    ready: bool = False
    """Whether partitions are assigned and states restored."""
    idle: bool = False
    """Whether everything that was in the input topics when the report was made is applied, and all
    that followed from it is acknowledged and stored."""
    lag: int | None = None
    """Records not yet read, acknowledged or stored; None while unknown."""
    topics: TopicPositions = {}
    """Input topics, read by the engines."""
    waiting: dict[str, int] = {}
    """Records per topic that the engines hold back until another stream catches up."""
    sink: SinkStatus = SinkStatus()
    counters: Counters = Counters()
    latency_ms: Latency = Latency()
    rss_mb: Memory = Memory()

    @classmethod
    def merge(cls, statuses: Iterable[PipelineStatus]) -> Self:
        """Return one status: partitions side by side, counts added up, the slowest latency.

        What one worker does not know yet is unknown for all.
        """
        parts = list(statuses)
        if not parts:
            return cls()
        sinks = [part.sink for part in parts]
        return cls(
            ready=all(part.ready for part in parts),
            idle=all(part.idle for part in parts),
            lag=_sum_if_all(part.lag for part in parts),
            topics=_side_by_side(part.topics for part in parts),
            waiting=_added(part.waiting for part in parts),
            sink=SinkStatus(
                topics=_side_by_side(sink.topics for sink in sinks),
                lag=_sum_if_all(sink.lag for sink in sinks),
                stats=SinkFigures.merge([sink.stats for sink in sinks]),
            ),
            counters=Counters.merge([part.counters for part in parts]),
            latency_ms=Latency(
                **_slowest(part.latency_ms for part in parts),
                count=sum(part.latency_ms.count for part in parts),
            ),
            rss_mb=Memory.merge([part.rss_mb for part in parts]),
        )


def _sums(parts: Sequence[BaseModel], *names: str) -> dict[str, int]:
    return {name: sum(getattr(part, name) for part in parts) for name in names}


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total)


def _slowest(times: Iterable[Quantiles]) -> dict[str, Any]:
    given = list(times)
    return {
        "p50": _over_known(max, [time.p50 for time in given]),
        "p99": _over_known(max, [time.p99 for time in given]),
    }


def _over_known(
    combine: Callable[[list[float]], float], values: Iterable[float | None]
) -> float | None:
    known = [value for value in values if value is not None]
    return combine(known) if known else None


def _sum_known(values: Iterable[float | None]) -> float | None:
    return _over_known(sum, values)


def _sum_if_all(values: Iterable[int | None]) -> int | None:
    given = list(values)
    known = [value for value in given if value is not None]
    return sum(known) if len(known) == len(given) else None


def _side_by_side(topics: Iterable[TopicPositions]) -> TopicPositions:
    """Return the partitions of all workers; of one that two of them name, the newer position."""
    merged: TopicPositions = {}
    for part in topics:
        for topic, partitions in part.items():
            place = merged.setdefault(topic, {})
            for number, position in partitions.items():
                before = place.get(number)
                if before is None or position.next >= before.next:
                    place[number] = position
    return merged
