"""The board of the large money: the quadrant of each watched symbol, its history and reasons."""

from __future__ import annotations

from typing import Final

from dashboards.panels.boards.large_orders import SAID_AGAIN_S
from dashboards.panels.colours import ACTION_COLOURS
from dashboards.panels.model import TIME, Column, Kind, Panel, Query, Type, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import IN_RANGE, MARKET

QUARTERS_S: Final = 1_800
"""A quarter of an hour that was not told leaves a gap, s."""

_READINGS: Final = f"""
SELECT
    s.symbol AS symbol,
    s.final_action AS final_action,
    s.confidence AS confidence,
    s.is_smart_money AS is_smart_money,
    s.price_change_pct AS price_change_pct,
    s.cvd_z AS cvd_z,
    s.oi_change_pct AS oi_change_pct,
    s.source AS source,
    arrayStringConcat(s.reasons, '; ') AS reasons,
    s.time AS bar_time,
    s.venue AS venue
FROM smart_money AS s
WHERE {MARKET} AND {IN_RANGE}"""
_COLUMNS: Final = (
    _text("symbol", "Symbol"),
    _text("final_action", "Quadrant", chars=13),
    _number("confidence", "Confidence", Unit.RATIO, decimals=0),
    Column("is_smart_money", Type.BOOL, "Large money"),
    _number("price_change_pct", "Price, 15 m", Unit.PERCENT, decimals=2),
    _number("cvd_z", "CVD, z", decimals=2),
    _number("oi_change_pct", "OI, 15 m", Unit.PERCENT, nullable=True, decimals=2),
    _text("source", "Source", chars=12),
    _text("reasons", "Reasons"),
    Column("bar_time", Type.TIME, "Quarter ended", Unit.TIME),
    _text("venue", "Venue", hidden=True),
)

QUADRANTS: Final = Panel(
    key="smart_money.quadrants",
    title="Quadrants now",
    question="Which symbols are accumulated or distributed, and how sure is that?",
    kind=Kind.TABLE,
    width=24,
    height=8,
    query=Query(
        f"""{_READINGS}
ORDER BY s.venue, s.symbol, s.event_time DESC, s.event_id
LIMIT 1 BY s.venue, s.symbol""",
        _COLUMNS,
    ),
    colours=ACTION_COLOURS,
    coloured="final_action",
)

READINGS: Final = Panel(
    key="smart_money.readings",
    title="Closed quarters",
    question="What was read from each quarter of an hour, and why?",
    kind=Kind.TABLE,
    width=24,
    height=8,
    query=Query(
        f"""{_READINGS}
ORDER BY s.event_time DESC, s.venue, s.symbol, s.event_id
LIMIT 200""",
        _COLUMNS,
    ),
    colours=ACTION_COLOURS,
    coloured="final_action",
)

HISTORY: Final = Panel(
    key="smart_money.history",
    title="History",
    question="How did the quadrants follow each other?",
    kind=Kind.STATES,
    gap_s=QUARTERS_S,
    width=24,
    height=8,
    query=Query(
        f"""
SELECT s.time AS time, s.symbol AS symbol, s.final_action AS final_action
FROM smart_money AS s
WHERE {MARKET} AND {IN_RANGE}
ORDER BY time, symbol, s.event_id""",
        (TIME, _text("symbol"), _text("final_action", "Quadrant")),
    ),
    colours=ACTION_COLOURS,
)

SCORE: Final = Panel(
    key="smart_money.score",
    title="Smart score",
    question="Which way do orders, CVD, open interest and delta lean together?",
    kind=Kind.LINES,
    gap_s=SAID_AGAIN_S,
    width=24,
    height=8,
    query=Query(
        f"""
SELECT $__timeInterval(a.time) AS time, a.symbol AS symbol,
       avg(a.smart_score) AS smart_score
FROM actions AS a
WHERE {MARKET} AND {IN_RANGE}
GROUP BY time, symbol
ORDER BY time, symbol""",
        (TIME, _text("symbol"), _number("smart_score", "Smart score", decimals=2)),
    ),
)

PANELS: Final = (QUADRANTS, HISTORY, SCORE, READINGS)
