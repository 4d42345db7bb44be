"""What Grafana alerts on. Each query answers a number per symbol; above the limit it fires.

A rule's SQL sees no dashboard: no variables, only the time macros, which the datasource expands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.panels.model import Query
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import IN_RANGE


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One condition and what it says."""

    uid: str
    title: str
    summary: str
    """A template; `.Labels` are the text columns, `.Values.A` the figure."""
    query: Query
    """One row per symbol: labels as text columns and the figure `value`."""
    above: float
    window_s: int
    """Length of the time range that the query sees, up to now."""
    hold_s: int
    """How long the condition must last, s."""
    severity: str
    fires_without_data: bool = False


_VALUE: Final = (_text("venue"), _text("symbol"), _number("value"))

MANIPULATION: Final = AlertRule(
    "wallwatch-manipulation",
    "Manipulation",
    "{{ .Labels.symbol }}: lures are laid out and pulled (MANIPULATION)",
    Query(
        f"""
SELECT venue, symbol,
       toFloat64(argMax(final_action, (event_time, event_id)) = 'MANIPULATION') AS value
FROM actions
WHERE {IN_RANGE}
GROUP BY venue, symbol
ORDER BY venue, symbol""",
        _VALUE,
    ),
    above=0,
    window_s=180,
    hold_s=0,
    severity="warning",
)

SWAN: Final = AlertRule(
    "wallwatch-swan-critical",
    "Swan, CRITICAL",
    "{{ .Labels.symbol }}: a very large order is being eaten while the price falls",
    Query(
        f"""
SELECT venue, symbol,
       toFloat64(countIf(rule = 'swan' AND level = 'CRITICAL')) AS value
FROM alerts
WHERE {IN_RANGE}
GROUP BY venue, symbol
ORDER BY venue, symbol""",
        _VALUE,
    ),
    above=0,
    window_s=300,
    hold_s=0,
    severity="critical",
)

FEED_DOWN: Final = AlertRule(
    "wallwatch-feed-down",
    "Feed down",
    "{{ .Labels.symbol }}: a stream is down, silent or without a book",
    Query(
        """
SELECT venue, symbol,
       toFloat64(countIf(state != 'up')) AS value
FROM
(
    SELECT venue, symbol, stream, argMax(state, received_us) AS state
    FROM feed_status
    WHERE $__timeFilter(time)
    GROUP BY venue, symbol, stream
)
GROUP BY venue, symbol
ORDER BY venue, symbol""",
        _VALUE,
    ),
    above=0,
    window_s=86_400,
    hold_s=60,
    severity="critical",
)

LAG: Final = AlertRule(
    "wallwatch-lag",
    "Pipeline behind",
    "{{ .Labels.symbol }}: the newest second is {{ .Values.A }} s old",
    Query(
        f"""
SELECT venue, symbol,
       (toUnixTimestamp64Milli($__toTime_ms) - max(event_time)) / 1000 AS value
FROM book_1s
WHERE {IN_RANGE}
GROUP BY venue, symbol
ORDER BY venue, symbol""",
        _VALUE,
    ),
    above=30,
    window_s=3_600,
    hold_s=60,
    severity="critical",
    fires_without_data=True,
)

ALERT_RULES: Final = (MANIPULATION, SWAN, FEED_DOWN, LAG)
