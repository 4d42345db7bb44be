"""The drill-down: one order from its first sight to its end, and what flow did meanwhile."""

from __future__ import annotations

from typing import Final

from dashboards.panels.boards.flow import POLLS_S
from dashboards.panels.colours import BLUE, CLASS_COLOURS, GREEN, ORANGE, RED, VIOLET
from dashboards.panels.model import TIME, Column, Kind, Panel, Query, Type, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import IN_RANGE, MARKET, OLDEST_ORDER

_ORDER: Final = f"{MARKET} AND {OLDEST_ORDER} AND order_id IN (${{order_id:singlequote}})"

FACTS: Final = Panel(
    key="order.facts",
    title="The order",
    question="What was it, how large, how long did it live and how did it end?",
    kind=Kind.TABLE,
    width=24,
    height=5,
    query=Query(
        f"""
SELECT
    symbol,
    side,
    price,
    max_value_usd,
    classification,
    state,
    coalesce(toString(close_reason), '') AS close_reason,
    lifetime_ms,
    fill_ratio,
    max_impact_ratio,
    spoof_score,
    distance_bps_open,
    distance_bps_min,
    refill_count,
    is_iceberg,
    order_id
FROM large_orders
WHERE {_ORDER}""",
        (
            _text("symbol", "Symbol"),
            _text("side", "Side"),
            _number("price", "Price", Unit.PRICE),
            _number("max_value_usd", "Largest value", Unit.USD, decimals=2),
            _text("classification", "Classification", chars=15),
            _text("state", "State"),
            _text("close_reason", "Ended"),
            _number("lifetime_ms", "Lived", Unit.MS),
            _number("fill_ratio", "Filled", Unit.RATIO, decimals=1),
            _number("max_impact_ratio", "Impact ratio", decimals=2),
            _number("spoof_score", "Spoof score", decimals=2),
            _number("distance_bps_open", "Distance at opening", Unit.BPS, decimals=1),
            _number("distance_bps_min", "Nearest", Unit.BPS, decimals=1),
            _number("refill_count", "Refills"),
            Column("is_iceberg", Type.BOOL, "Iceberg"),
            _text("order_id", "Order"),
        ),
    ),
    colours=CLASS_COLOURS,
    coloured="classification",
)

QUANTITY: Final = Panel(
    key="order.quantity",
    title="Quantity",
    question="Was it traded down, taken away or refilled?",
    kind=Kind.LINES,
    holds=True,
    gap_s=0,
    width=24,
    height=8,
    unit=Unit.SHORT,
    query=Query(
        f"""
SELECT time, current_qty, traded_qty, cancelled_qty, added_qty
FROM large_order_events
WHERE {_ORDER}
ORDER BY time, sequence""",
        (
            TIME,
            _number("current_qty", "Resting", Unit.SHORT, colour=BLUE),
            _number("traded_qty", "Traded so far", Unit.SHORT, colour=GREEN),
            _number("cancelled_qty", "Cancelled so far", Unit.SHORT, colour=ORANGE),
            _number("added_qty", "Added so far", Unit.SHORT, colour=VIOLET),
        ),
    ),
)

HITS: Final = Panel(
    key="order.hits",
    title="Trades that hit it",
    # Single trades are not stored: these are the steps between the order's own events.
    question="How much did trades take from it between its events, and when?",
    kind=Kind.BARS,
    width=12,
    height=8,
    unit=Unit.USD,
    query=Query(
        f"""
SELECT $__timeInterval(e.time) AS time, sum(e.traded_usd) AS traded_usd,
       sum(e.hidden_usd) AS hidden_usd
FROM
(
    SELECT time,
           price * (traded_qty - lagInFrame(traded_qty) OVER life) AS traded_usd,
           price * (hidden_traded_qty - lagInFrame(hidden_traded_qty) OVER life) AS hidden_usd
    FROM large_order_events
    WHERE {_ORDER}
    WINDOW life AS (PARTITION BY order_id ORDER BY sequence)
) AS e
GROUP BY time
ORDER BY time""",
        (
            TIME,
            _number("traded_usd", "Traded", Unit.USD, colour=GREEN),
            _number("hidden_usd", "Beyond what was shown", Unit.USD, colour=VIOLET),
        ),
    ),
)

CVD: Final = Panel(
    key="order.cvd",
    title="CVD",
    question="Did takers agree with what the order suggested?",
    kind=Kind.LINES,
    holds=True,
    width=12,
    height=8,
    unit=Unit.USD,
    query=Query(
        f"""
SELECT time, cvd_usd, delta_usd
FROM flow_1s
WHERE {MARKET} AND {IN_RANGE}
ORDER BY time""",
        (
            TIME,
            _number("cvd_usd", "CVD 4 h", Unit.USD, colour=BLUE),
            _number("delta_usd", "Delta", Unit.USD, colour=RED, right_axis=True),
        ),
        by_time=True,
    ),
)

OPEN_INTEREST: Final = Panel(
    key="order.open_interest",
    title="Open interest",
    question="Did positions grow or shrink while it stood?",
    kind=Kind.LINES,
    holds=True,
    width=12,
    height=8,
    unit=Unit.LOCALE,
    gap_s=POLLS_S,
    query=Query(
        f"""
SELECT time, open_interest
FROM open_interest
WHERE {MARKET} AND {IN_RANGE}
ORDER BY time""",
        (TIME, _number("open_interest", "Open interest", Unit.LOCALE, colour=VIOLET)),
        by_time=True,
    ),
)

EVIDENCE: Final = Panel(
    key="order.evidence",
    title="Evidence",
    question="Why was it classified so?",
    kind=Kind.TABLE,
    width=12,
    height=8,
    query=Query(
        f"""
SELECT item.1 AS evidence, item.2 AS figure
FROM
(
    SELECT arrayJoin(JSONExtractKeysAndValuesRaw(evidence)) AS item
    FROM large_orders
    WHERE {_ORDER}
)""",
        (_text("evidence", "Evidence"), _text("figure", "Figure")),
    ),
)

EVENTS: Final = Panel(
    key="order.events",
    title="Life",
    question="What happened to it, step by step?",
    kind=Kind.TABLE,
    width=24,
    height=8,
    query=Query(
        f"""
SELECT
    time,
    kind,
    classification,
    current_qty,
    value_usd,
    impact_ratio,
    distance_bps,
    fill_ratio,
    spoof_score
FROM large_order_events
WHERE {_ORDER}
ORDER BY time, sequence
LIMIT 1000""",
        (
            Column("time", Type.TIME, "Time", Unit.TIME),
            _text("kind", "Event"),
            _text("classification", "Classification", chars=15),
            _number("current_qty", "Qty", decimals=3),
            _number("value_usd", "Value", Unit.USD, decimals=2),
            _number("impact_ratio", "Impact ratio", decimals=2),
            _number("distance_bps", "Distance", Unit.BPS, decimals=1),
            _number("fill_ratio", "Filled", Unit.RATIO, decimals=1),
            _number("spoof_score", "Spoof score", decimals=2),
        ),
    ),
    colours=CLASS_COLOURS,
    coloured="classification",
)

PANELS: Final = (FACTS, QUANTITY, HITS, CVD, OPEN_INTEREST, EVIDENCE, EVENTS)
