"""The JSON report of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas.topics import DEAD_LETTERS, SIGNALS

INPUT_PREFIX: Final = "market."


def stack_report(
    *,
    worker: Mapping[str, Any] | None,
    exchange: Mapping[str, Any] | None,
    ingest: Mapping[str, Any] | None,
    counts_before: Mapping[str, int],
    counts_after: Mapping[str, int],
    rss_mb: Mapping[str, Any],
    restarts: int,
    seconds: float,
) -> dict[str, Any]:
    """Return the report.

    Records and signals are counted at the broker, over this run; after a crash a signal may be
    there twice, under the same id. What a service did not tell is null.
    """
    took = {name: counts_after[name] - counts_before[name] for name in counts_after}
    signals = {topic.name for topic in SIGNALS}
    counters = worker["counters"] if worker else {}
    return {
        "records": {n: count for n, count in took.items() if n.startswith(INPUT_PREFIX)},
        "signals": {n: count for n, count in took.items() if n in signals},
        "rows": worker["sink"]["stats"].get("rows") if worker else None,
        "dead_letters": took.get(DEAD_LETTERS.name, 0),
        "duplicates_skipped": counters.get("duplicates_skipped"),
        "gaps": counters.get("gaps"),
        "lag": worker["lag"] if worker else None,
        "latency_ms": worker["latency_ms"] if worker else None,
        "rss_mb": dict(rss_mb),
        "seconds": round(seconds, 2),
        "restarts": restarts,
        "ingest": dict(ingest) if ingest else None,
        "exchange": _exchange_part(exchange) if exchange else None,
    }


def _exchange_part(status: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "finished": status["finished"],
        "frames_sent": status["frames_sent"],
        "http_429": status["http_429"],
        "http_418": status["http_418"],
        "max_weight_per_minute": status["max_weight_1m"],
        "rest": status["rest"],
    }
