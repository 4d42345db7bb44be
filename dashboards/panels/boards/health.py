"""The board of the pipeline: is what the other boards show fresh, whole and affordable?

These panels are about wall-clock time: `received_us` is the local time of the frame behind a row.
"""

from __future__ import annotations

from typing import Final

from dashboards.panels.colours import (
    BLUE,
    DRIFT_COLOURS,
    GREEN,
    ORANGE,
    RED,
    STREAM_COLOURS,
    VIOLET,
)
from dashboards.panels.counts import Count, counts
from dashboards.panels.model import TIME, Column, Kind, Panel, Query, Threshold, Type, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import IN_RANGE, MARKET, TO_MS, market
from schemas.fate.drift import DRIFT_CURE, DRIFT_WINDOW
from schemas.signals import FATE_DRIFT
from schemas.signals.repeat import BOOK_REPEAT_MS
from schemas.units import DAY_MS

POLL_WEIGHT: Final = 1
SNAPSHOT_WEIGHT: Final = 20
"""The venue's request weight of an open-interest poll and of a book of 1,000 levels."""
SLOW_S: Final = (BOOK_REPEAT_MS + 5_000) // 1_000
"""The newest second of a market at rest may be `BOOK_REPEAT_MS` old."""
STALE_S: Final = 60

FRESHNESS: Final = Panel(
    key="health.freshness",
    title="Age of the newest second",
    question="How far behind the clock is what I see?",
    kind=Kind.TABLE,
    width=12,
    height=8,
    unit=Unit.SECONDS,
    query=Query(
        f"""
SELECT symbol,
       (toUnixTimestamp64Milli($__toTime_ms) - max(event_time)) / 1000 AS age_s,
       argMax(is_valid, event_time) AS book_valid,
       argMax(open_orders, event_time) AS open_orders,
       venue
FROM book_1s
WHERE {MARKET} AND {IN_RANGE}
GROUP BY venue, symbol
ORDER BY venue, symbol""",
        (
            _text("symbol", "Symbol"),
            _number("age_s", "Behind", Unit.SECONDS, decimals=1),
            Column("book_valid", Type.BOOL, "Book valid"),
            _number("open_orders", "Orders tracked"),
            _text("venue", "Venue"),
        ),
    ),
    marks={"age_s": (Threshold(None, GREEN), Threshold(SLOW_S, ORANGE), Threshold(STALE_S, RED))},
)

STREAMS: Final = Panel(
    key="health.streams",
    title="Streams",
    question="Which streams are silent, down or waiting for a book?",
    kind=Kind.TABLE,
    width=12,
    height=8,
    query=Query(
        f"""
SELECT symbol, stream, state,
       reason, time AS since, venue
FROM feed_status
WHERE {MARKET} AND time <= $__toTime_ms
ORDER BY venue, symbol, stream, received_us DESC, state
LIMIT 1 BY venue, symbol, stream""",
        (
            _text("symbol", "Symbol"),
            _text("stream", "Stream", chars=24),
            _text("state", "State", chars=7),
            _text("reason", "Why"),
            Column("since", Type.TIME, "Since", Unit.TIME),
            _text("venue", "Venue", chars=13),
        ),
    ),
    colours=STREAM_COLOURS,
    coloured="state",
)

STREAM_HISTORY: Final = Panel(
    key="health.stream_history",
    title="Streams over time",
    question="When was each stream away?",
    kind=Kind.STATES,
    gap_s=0,
    width=24,
    height=8,
    query=Query(
        f"""
SELECT s.time AS time,
       concat(s.symbol, ' ', substring(s.stream, position(s.stream, '@') + 1)) AS stream,
       s.state AS state
FROM feed_status AS s
WHERE {MARKET} AND $__timeFilter(s.time)
ORDER BY time, stream, state""",
        (TIME, _text("stream"), _text("state", "State")),
    ),
    colours=STREAM_COLOURS,
)

TRANSIT: Final = Panel(
    key="health.transit",
    title="Venue to us",
    question="How long does a frame take, and is the clock right?",
    kind=Kind.LINES,
    width=12,
    height=8,
    unit=Unit.MS,
    query=Query(
        f"""
SELECT $__timeInterval(e.time) AS time,
       quantileExact(0.5)(e.received_us / 1000 - e.event_time) AS p50,
       quantileExact(0.99)(e.received_us / 1000 - e.event_time) AS p99
FROM large_order_events AS e
WHERE {MARKET} AND {IN_RANGE}
GROUP BY time
ORDER BY time""",
        (
            TIME,
            _number("p50", "p50", Unit.MS, colour=GREEN),
            _number("p99", "p99", Unit.MS, colour=ORANGE),
        ),
        by_time=True,
    ),
)

GAPS: Final = counts(
    "health.gaps",
    "Gaps and silences",
    "How often was a book lost or a stream away?",
    f"feed_status AS s\nWHERE {MARKET} AND $__timeFilter(s.time)",
    (
        Count("gaps", "Gaps", ORANGE, "s.state = 'gap'"),
        Count("silences", "Silences", VIOLET, "s.state = 'silent'"),
        Count("downs", "Connections lost", RED, "s.state = 'down'"),
    ),
    time="s.time",
    width=12,
    height=8,
)

WEIGHT: Final = Panel(
    key="health.weight",
    title="REST weight, at least",
    question="What did polls and new books cost of the venue's budget per minute?",
    kind=Kind.BARS,
    width=12,
    height=8,
    stacked=True,
    query=Query(
        f"""
SELECT minute AS time, sum(polled) AS polls, sum(resynced) AS snapshots
FROM
(
    SELECT toStartOfMinute(time) AS minute, {POLL_WEIGHT} AS polled, 0 AS resynced
    FROM open_interest WHERE {MARKET} AND {IN_RANGE}
    UNION ALL
    SELECT toStartOfMinute(time), 0, {SNAPSHOT_WEIGHT}
    FROM feed_status WHERE {MARKET} AND $__timeFilter(time) AND state = 'resync'
)
GROUP BY time
ORDER BY time""",
        (
            TIME,
            _number("polls", "Open-interest polls", colour=BLUE),
            _number("snapshots", "Books", colour=ORANGE),
        ),
    ),
)

ROWS: Final = Panel(
    key="health.rows",
    title="Signals",
    question="Is the engine at work?",
    kind=Kind.BARS,
    stacked=True,
    width=12,
    height=8,
    query=Query(
        f"""
SELECT $__timeInterval(e.time) AS time, e.kind AS kind, count() AS events
FROM large_order_events AS e
WHERE {MARKET} AND {IN_RANGE}
GROUP BY time, kind
ORDER BY time, kind""",
        (TIME, _text("kind"), _number("events", "Events")),
    ),
)

SINK: Final = Panel(
    key="health.sink",
    title="Sink",
    question="Up to where has each topic been stored, and when was that?",
    kind=Kind.TABLE,
    width=12,
    height=8,
    query=Query(
        """
SELECT topic, count() AS partitions, sum(next_offset) AS records,
       max(time) AS last_write, source
FROM sink_offsets
GROUP BY source, topic
ORDER BY source, topic""",
        (
            _text("topic", "Topic", chars=26),
            _number("partitions", "Partitions"),
            _number("records", "Offsets passed"),
            Column("last_write", Type.TIME, "Last write", Unit.AGO),
            _text("source", "Group"),
        ),
    ),
)

_NOW_MS: Final = f"least({TO_MS}, (SELECT max(event_time) FROM book_1s_rows))"
"""Of the market: a replayed capture is old by years."""


def _in_last_day(column: str) -> str:
    return f"{column} > {_NOW_MS} - {DAY_MS} AND {column} <= {TO_MS}"


DRIFT: Final = Panel(
    key="health.drift",
    title="Model of the fate of orders",
    question=(
        "Empty while no model is on (engine.fate.model). Does the one that tells fills and pulls "
        "still fit the market, and what is to be done where it drifts?"
    ),
    kind=Kind.TABLE,
    width=24,
    height=6,
    query=Query(
        f"""
SELECT f.symbol AS symbol,
       multiIf(d.drifted_ms > 0 AND countIf(f.event_time > d.drifted_ms) < {DRIFT_WINDOW}, 'drifts',
               graded < {DRIFT_WINDOW}, 'not compared yet', 'fits') AS state,
       if(state = 'drifts', any(d.message), '') AS reason,
       if(state = 'drifts', '{DRIFT_CURE}', '') AS cure,
       if(state = 'drifts', fromUnixTimestamp64Milli(d.drifted_ms, 'UTC'), NULL) AS since,
       count() AS graded, fromUnixTimestamp64Milli(max(f.event_time), 'UTC') AS last_graded,
       f.fate_model_version AS model, f.venue AS venue
FROM fate_outcomes AS f
LEFT JOIN
(
    SELECT venue, symbol, JSONExtractString(evidence, 'model_version') AS model,
           max(event_time) AS drifted_ms, argMax(message, event_time) AS message
    FROM alerts
    WHERE rule = '{FATE_DRIFT}' AND {MARKET} AND {_in_last_day("event_time")}
    GROUP BY venue, symbol, model
) AS d ON d.venue = f.venue AND d.symbol = f.symbol AND d.model = f.fate_model_version
WHERE {market("f")} AND {_in_last_day("f.event_time")}
GROUP BY f.venue, f.symbol, f.fate_model_version, d.drifted_ms
ORDER BY f.venue, f.symbol, max(f.event_time) DESC
LIMIT 1 BY f.venue, f.symbol""",
        (
            _text("symbol", "Symbol"),
            _text("state", "State", chars=16),
            _text("reason", "Why"),
            _text("cure", "What to do"),
            Column("since", Type.TIME, "Since", Unit.TIME, nullable=True),
            _number("graded", "Graded in a day"),
            Column("last_graded", Type.TIME, "Last graded", Unit.TIME),
            _text("model", "Model"),
            _text("venue", "Venue", chars=13),
        ),
    ),
    colours=DRIFT_COLOURS,
    coloured="state",
)

PANELS: Final = (FRESHNESS, STREAMS, STREAM_HISTORY, TRANSIT, GAPS, WEIGHT, DRIFT, ROWS, SINK)
