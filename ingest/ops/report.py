"""The final report of an ingest run."""

from collections.abc import Mapping
from typing import Any

from ingest.publish.refusals import MALFORMED
from ingest.rest_api.budget import WeightBudget
from ingest.rest_api.client import RestClient
from ingest.venue_session import VenueSession


def build_report(
    session: VenueSession, records: Mapping[str, int], rest: RestClient, budget: WeightBudget
) -> dict[str, Any]:
    """Return the counts as JSON values. `records`: records published, by topic."""
    market = session.market
    return {
        "symbols": list(market.feeds),
        "frames": dict(sorted(market.intake.frames.items())),
        "records": dict(sorted(records.items())),
        "dead_letters": market.intake.frames[MALFORMED],
        "times_ahead": market.intake.times_ahead,
        **market.figures(),
        "silence_alarms": market.health.alarms,
        "rest_weight_max_1m": max(budget.peak, rest.weight_reported_max),
        "http_403": rest.http_403,
        "http_429": rest.http_429,
        "http_418": rest.http_418,
        "reconnects": session.reconnects,
        "rotations": session.rotations,
        "refused_requests": market.intake.refused_requests,
    }
