"""The board of the pipeline: is what the other boards show fresh, whole and affordable?

These panels are about wall-clock time: `received_us` is the local time of the frame behind a row.
"""

from __future__ import annotations

from typing import Final

from dashboards.panels.colours import BLUE, GREEN, ORANGE, RED, STREAM_COLOURS, VIOLET
from dashboards.panels.counts import Count, counts
from dashboards.panels.model import TIME, Column, Kind, Panel, Query, Threshold, Type, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import IN_RANGE, MARKET

POLL_WEIGHT: Final = 1
SNAPSHOT_WEIGHT: Final = 20
"""The venue's request weight of an open-interest poll and of a book of 1,000 levels."""
SLOW_S: Final = 5
STALE_S: Final = 30

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
            _text("stream", "Stream"),
            _text("state", "State"),
            _text("reason", "Why"),
            Column("since", Type.TIME, "Since", Unit.TIME),
            _text("venue", "Venue"),
        ),
    ),
    colours=STREAM_COLOURS,
    whole_row="state",
)

STREAM_HISTORY: Final = Panel(
    key="health.stream_history",
    title="Streams over time",
    question="When was each stream away?",
    kind=Kind.STATES,
    width=24,
    height=8,
    query=Query(
        f"""
SELECT s.time AS time, s.stream AS stream, s.state AS state
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
    kind=Kind.LINES,
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
            _text("topic", "Topic"),
            _number("partitions", "Partitions"),
            _number("records", "Offsets passed"),
            Column("last_write", Type.TIME, "Last write", Unit.AGO),
            _text("source", "Group"),
        ),
    ),
)

PANELS: Final = (FRESHNESS, STREAMS, STREAM_HISTORY, TRANSIT, GAPS, WEIGHT, ROWS, SINK)
