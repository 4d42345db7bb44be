"""Alerts as notifications need them."""

from __future__ import annotations

from typing import Final

from dashboards.queries.model import Query

ALERTS_RECEIVED: Final = Query(
    "alerts_received",
    "Alerts by when they were received",
    """
    SELECT event_id, venue, symbol, event_time, received_us, rule, level, message, evidence
    FROM alerts WHERE received_us > {after_us:Int64}
    ORDER BY received_us, event_id LIMIT {limit:UInt32}
    """,
    "alerts",
)
