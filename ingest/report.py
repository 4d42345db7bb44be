"""What a run of ingest amounted to."""

from typing import Any

from ingest.budget import WeightBudget
from ingest.live import LiveMarket
from ingest.producer import Publisher
from ingest.rest import RestClient
from schemas.topics import DEAD_LETTERS


def build_report(
    market: LiveMarket,
    publisher: Publisher,
    rest: RestClient,
    budget: WeightBudget,
    reconnects: int,
) -> dict[str, Any]:
    """Return the counts as JSON values."""
    depth = [feed.depth.counts for feed in market.feeds.values()]
    return {
        "symbols": list(market.feeds),
        "frames": dict(sorted(market.frames.items())),
        "records": dict(sorted(publisher.counts.items())),
        "dead_letters": publisher.counts[DEAD_LETTERS.name],
        "diffs_applied": sum(counts.applied for counts in depth),
        "snapshots": sum(counts.snapshots for counts in depth),
        "snapshots_refused": sum(counts.snapshots_refused for counts in depth),
        "gaps": sum(counts.gaps for counts in depth),
        "resyncs": sum(counts.resyncs for counts in depth),
        "stale_diffs_dropped": sum(counts.stale_dropped for counts in depth),
        "unbridged_diffs_dropped": sum(counts.unbridged_dropped for counts in depth),
        "buffer_overflows": sum(counts.overflows for counts in depth),
        "late_trades": sum(feed.trades.late_trades for feed in market.feeds.values()),
        "rest_weight_max_1m": max(budget.peak, rest.weight_reported_max),
        "http_429": rest.http_429,
        "http_418": rest.http_418,
        "reconnects": reconnects,
        "refused_requests": market.refused_requests,
    }
