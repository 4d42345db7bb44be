"""The JSON report of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.status import PipelineStatus
from schemas.topics import DEAD_LETTERS, SIGNALS

INPUT_PREFIX: Final = "market."


@dataclass(frozen=True, slots=True)
class Figures:
    """What is read just before a stack stops."""

    worker: PipelineStatus | None
    """The worker's status; None where it did not answer."""
    exchanges: Mapping[str, Mapping[str, Any]]
    """By the name of its service; empty where none answered."""
    counts_before: Mapping[str, int]
    """Records per topic at the start, at the broker."""
    counts_after: Mapping[str, int]
    rss_mb: Mapping[str, Any]
    restarts: int
    seconds: float


def stack_report(figures: Figures, last_words: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the report from the figures and the services' own reports at their end.

    Records and signals are counted at the broker, over this run; after a crash a signal may be
    there twice, under the same id. What a service did not tell is null.
    """
    before, after = figures.counts_before, figures.counts_after
    took = {name: after[name] - before[name] for name in after}
    signals = {topic.name for topic in SIGNALS}
    worker = figures.worker
    counters = None if worker is None else worker.counters
    return {
        "records": {n: count for n, count in took.items() if n.startswith(INPUT_PREFIX)},
        "signals": {n: count for n, count in took.items() if n in signals},
        "rows": last_words.get("worker", {}).get(
            "rows", None if counters is None else counters.rows
        ),
        "dead_letters": took.get(DEAD_LETTERS.name, 0),
        "duplicates_skipped": None if counters is None else counters.duplicates_skipped,
        "gaps": None if counters is None else counters.gaps,
        "lag": None if worker is None else worker.lag,
        "latency_ms": None if worker is None else worker.latency_ms.model_dump(),
        "rss_mb": dict(figures.rss_mb),
        "seconds": round(figures.seconds, 2),
        "restarts": figures.restarts,
        "ingest": dict(last_words.get("ingest", {})) or None,
        "exchange": _one_or_all(
            {name: _exchange_part(status) for name, status in figures.exchanges.items()}
        ),
    }


def _one_or_all(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the only part, several by the venue in their names, None where there is none."""
    told = {name.partition("-")[2] or name: dict(part) for name, part in parts.items() if part}
    if len(parts) > 1:
        return told
    return next(iter(told.values()), None)


def _exchange_part(status: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "finished": status["finished"],
        "frames_sent": status["frames_sent"],
        "http_429": status["http_429"],
        "http_418": status["http_418"],
        "max_weight_per_minute": status["max_weight_1m"],
        "rest": status["rest"],
    }
