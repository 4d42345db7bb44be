"""What a run of ingest amounted to."""

from collections.abc import Mapping
from typing import Any

from ingest.budget import WeightBudget
from ingest.live import MALFORMED
from ingest.rest import RestClient
from ingest.session import VenueSession


def build_report(
    session: VenueSession, records: Mapping[str, int], rest: RestClient, budget: WeightBudget
) -> dict[str, Any]:
    """Return the counts as JSON values. `records`: records published, by topic."""
    market = session.market
    depth = [feed.depth.counts for feed in market.feeds.values()]
    return {
        "symbols": list(market.feeds),
        "frames": dict(sorted(market.frames.items())),
        "records": dict(sorted(records.items())),
        "dead_letters": market.frames[MALFORMED],
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
        "reconnects": session.reconnects,
        "refused_requests": market.refused_requests,
    }
