"""The board of large orders: who defends, who lures, and whether flow agrees."""

from __future__ import annotations

from typing import Final

from dashboards.panels.boards.walls import FILLS_PULLS, HEAT, PRICE_WALLS
from dashboards.panels.colours import (
    ACTION_BACKGROUNDS,
    ACTION_COLOURS,
    CLASS_COLOURS,
    LIGHT_ORANGE,
    ORANGE,
    RED,
)
from dashboards.panels.model import TIME, Column, Kind, Link, Panel, Query, Threshold, Type, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import (
    FROM_MS,
    IN_CLASS,
    IN_RANGE,
    MARKET,
    NOW_MS,
    OLDEST_ORDER,
    TO_MS,
)
from schemas.signals import FinalAction

HIGH_IMPACT: Final = 0.25
"""Impact ratio from which an order is marked; the default of the engine's setting."""
WHOLE_BOOK: Final = 1.0
"""From here on an order outweighs the book around the price, both sides together."""
MANY_BOOKS: Final = 5.0
MAX_ORDERS: Final = 100
SPOOF_WINDOW_MS: Final = 60_000
LINK_MARGIN_MS: Final = 60_000
"""The drill-down shows this much time before and after the order."""

SAID_AGAIN_S: Final = 90
"""An unchanged action is told again after a minute, s."""

ORDER_LINK: Final = Link("wallwatch-order", ("venue", "symbol", "order_id"))
LINKED_ORDER: Final = (
    _text("link_from", hidden=True),
    _text("link_to", hidden=True),
    _text("venue", "Venue", hidden=True),
    _text("symbol", "Symbol", hidden=True),
    _text("order_id", "Order", hidden=True),
)
"""What a row needs for that link and does not show; the link's time is `link_from` to `link_to`."""

_ACTION_COLOUR: Final = (
    "transform(final_action, ["
    + ", ".join(f"'{action}'" for action in ACTION_BACKGROUNDS)
    + "], ["
    + ", ".join(f"'{colour}'" for colour in ACTION_BACKGROUNDS.values())
    + f"], '{ACTION_BACKGROUNDS[FinalAction.UNKNOWN]}')"
)


def _probability(name: str, title: str) -> Column:
    return _number(name, title, Unit.RATIO, nullable=True, decimals=0)


SUMMARY: Final = Panel(
    key="large_orders.summary",
    title="What the large money is doing",
    question="Which side does the evidence favour right now, and does flow agree?",
    kind=Kind.STAT,
    width=24,
    height=4,
    query=Query(
        f"""
SELECT
    a.final_action AS final_action,
    a.buy_score AS buy_score,
    a.sell_score AS sell_score,
    f.cvd_usd AS cvd_usd,
    f.open_interest AS open_interest,
    f.oi_change_pct AS oi_change_pct,
    s.spoof_count AS spoof_count,
    fromUnixTimestamp64Milli(greatest(a.event_time, f.bar_end), 'UTC') AS last_update
FROM
(
    SELECT toString(argMax(final_action, at)) AS final_action, argMax(buy_score, at) AS buy_score,
           argMax(sell_score, at) AS sell_score, max(event_time) AS event_time
    FROM (SELECT *, (event_time, event_id) AS at FROM actions WHERE {MARKET} AND {IN_RANGE})
) AS a
CROSS JOIN
(
    SELECT argMax(cvd_usd, event_time) AS cvd_usd,
           argMax(tuple(open_interest), event_time).1 AS open_interest,
           argMax(tuple(oi_change_pct), event_time).1 AS oi_change_pct,
           max(event_time) + 1000 AS bar_end
    FROM flow_1s WHERE {MARKET} AND {IN_RANGE}
) AS f
CROSS JOIN
(
    SELECT count() AS spoof_count
    FROM large_orders
    WHERE {MARKET} AND {OLDEST_ORDER} AND is_spoof AND state = 'closed'
      AND closed_at > {NOW_MS} - {SPOOF_WINDOW_MS}
) AS s
WHERE f.bar_end > 1000""",
        (
            _text("final_action", "Final action"),
            _number("buy_score", "Buy score", decimals=1),
            _number("sell_score", "Sell score", decimals=1),
            _number("cvd_usd", "CVD 4 h", Unit.USD),
            _number("open_interest", "Open interest", Unit.SHORT, nullable=True),
            _number("oi_change_pct", "OI change", Unit.PERCENT, nullable=True, decimals=3),
            _number("spoof_count", "Spoofs, 60 s"),
            Column("last_update", Type.TIME, "Last update", Unit.TIME),
        ),
    ),
    colour_query=Query(
        f"""
SELECT {_ACTION_COLOUR} AS colour
FROM
(
    SELECT toString(argMax(final_action, (event_time, event_id))) AS final_action
    FROM actions WHERE {MARKET} AND {IN_RANGE}
)""",
        (_text("colour"),),
    ),
    colours=ACTION_BACKGROUNDS,
)

STANDING: Final = Panel(
    key="large_orders.standing",
    title="What stood",
    question="Which walls stood at the end of this time, as far as was known then?",
    kind=Kind.TABLE,
    width=24,
    height=8,
    query=Query(
        f"""
SELECT side, price, current_qty AS qty, value_usd AS value, impact_ratio AS impact,
       classification, is_persistent, age_ms, distance_bps, venue, symbol, order_id
FROM walls_at(at_ms = {TO_MS})
WHERE {MARKET}
ORDER BY value DESC, order_id
LIMIT {MAX_ORDERS}""",
        (
            _text("side", "Side", chars=5),
            _number("price", "Price", Unit.PRICE),
            _number("qty", "Qty", decimals=3),
            _number("value", "Value", Unit.USD, decimals=2),
            _number("impact", "Impact ratio", decimals=2),
            _text("classification", "Classification"),
            Column("is_persistent", Type.BOOL, "Persistent"),
            _number("age_ms", "Age", Unit.MS, decimals=1),
            _number("distance_bps", "Distance", Unit.BPS, decimals=1),
            _text("venue", "Venue", hidden=True),
            _text("symbol", "Symbol", hidden=True),
            _text("order_id", "Order", hidden=True),
        ),
    ),
    colours=CLASS_COLOURS,
    coloured="classification",
)

TABLE: Final = Panel(
    key="large_orders.table",
    title="Large orders",
    question="Which walls stand, which went, and what were they?",
    kind=Kind.TABLE,
    width=24,
    height=10,
    query=Query(
        f"""
SELECT
    side,
    price,
    if(state = 'closed', max_qty, current_qty) AS qty,
    if(state = 'closed', max_value_usd, value_usd) AS value,
    if(state = 'closed', max_impact_ratio, impact_ratio) AS impact,
    classification,
    is_persistent,
    was_consumed,
    greatest(0, coalesce(closed_at, {NOW_MS}) - first_seen) AS age_ms,
    state = 'closed' AS is_closed,
    toString(first_seen - {LINK_MARGIN_MS}) AS link_from,
    toString(coalesce(closed_at, {NOW_MS}) + {LINK_MARGIN_MS}) AS link_to,
    venue,
    symbol,
    order_id
FROM large_orders
WHERE {MARKET} AND {IN_CLASS} AND {OLDEST_ORDER}
  AND (closed_at IS NULL OR closed_at >= {FROM_MS})
ORDER BY is_closed, if(is_closed, -closed_at, 0), value DESC, order_id
LIMIT {MAX_ORDERS}""",
        (
            _text("side", "Side", chars=5),
            _number("price", "Price", Unit.PRICE),
            _number("qty", "Qty", decimals=3),
            _number("value", "Value", Unit.USD, decimals=2),
            _number("impact", "Impact ratio", decimals=2),
            _text("classification", "Classification"),
            Column("is_persistent", Type.BOOL, "Persistent"),
            Column("was_consumed", Type.BOOL, "Consumed"),
            _number("age_ms", "Age", Unit.MS, decimals=1),
            _number("is_closed", "Closed", hidden=True),
            *LINKED_ORDER,
        ),
    ),
    marks={
        "impact": (
            Threshold(None, "transparent"),
            Threshold(HIGH_IMPACT, LIGHT_ORANGE),
            Threshold(WHOLE_BOOK, ORANGE),
            Threshold(MANY_BOOKS, RED),
        )
    },
    colours=CLASS_COLOURS,
    coloured="classification",
    link=ORDER_LINK,
    parts=(STANDING,),
)

BESIDE: Final = Panel(
    key="large_orders.beside",
    title="Beside the walls that stand",
    question=(
        "Never advice; empty until a proven model (engine.fate.model) or an amount (maxLossAmount) "
        "is set. Will a standing order be filled or pulled, and what may leaning on it lose?"
    ),
    kind=Kind.TABLE,
    width=24,
    height=6,
    query=Query(
        f"""
SELECT
    side, price, classification, value_usd AS value,
    p_filled_10s, p_pulled_10s, p_filled_60s, p_pulled_60s,
    suggested_entry, suggested_invalidation, suggested_qty, suggested_loss_usd, max_loss_usd,
    coalesce(suggestion, '') AS words,
    toString(first_seen - {LINK_MARGIN_MS}) AS link_from,
    toString({NOW_MS} + {LINK_MARGIN_MS}) AS link_to,
    venue, symbol, order_id
FROM large_orders
WHERE {MARKET} AND {IN_CLASS} AND {OLDEST_ORDER} AND closed_at IS NULL
  AND (fate_model_version IS NOT NULL OR suggestion IS NOT NULL)
ORDER BY value DESC, order_id
LIMIT {MAX_ORDERS}""",
        (
            _text("side", "Side", chars=5),
            _number("price", "Price", Unit.PRICE),
            _text("classification", "Classification", chars=15),
            _number("value", "Value", Unit.USD, decimals=2),
            _probability("p_filled_10s", "Filled in 10 s"),
            _probability("p_pulled_10s", "Pulled in 10 s"),
            _probability("p_filled_60s", "Filled in 60 s"),
            _probability("p_pulled_60s", "Pulled in 60 s"),
            _number("suggested_entry", "Entry", Unit.PRICE, nullable=True),
            _number("suggested_invalidation", "Invalidation", Unit.PRICE, nullable=True),
            _number("suggested_qty", "Quantity", nullable=True),
            _number("suggested_loss_usd", "Loss there", Unit.USD, nullable=True, decimals=2),
            _number("max_loss_usd", "Amount", Unit.USD, nullable=True, decimals=2),
            _text("words", "In words"),
            *LINKED_ORDER,
        ),
    ),
    colours=CLASS_COLOURS,
    coloured="classification",
    link=ORDER_LINK,
)

ACTIONS: Final = Panel(
    key="large_orders.actions",
    title="Final action over time",
    question="How long has this been going on?",
    kind=Kind.STATES,
    gap_s=SAID_AGAIN_S,
    width=12,
    height=8,
    query=Query(
        f"""
SELECT a.time AS time, a.symbol AS symbol, a.final_action AS final_action
FROM actions AS a
WHERE {MARKET} AND {IN_RANGE}
ORDER BY time, a.event_id""",
        (TIME, _text("symbol"), _text("final_action", "Final action")),
    ),
    colours=ACTION_COLOURS,
)

PANELS: Final = (PRICE_WALLS, SUMMARY, TABLE, BESIDE, HEAT, FILLS_PULLS, ACTIONS)
