"""The board of all markets of a coin: their walls at one scale, what they agree on, who leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards.panels.boards.large_orders import (
    LINK_MARGIN_MS,
    LINKED_ORDER,
    ORDER_LINK,
    SAID_AGAIN_S,
)
from dashboards.panels.boards.market_flow import (
    BASIS,
    CLOCKS,
    CVD,
    LEAD_LINES,
    LEADS,
    OPEN_INTEREST,
    SKEW,
    TOGETHER,
    spaced,
)
from dashboards.panels.colours import ACTION_COLOURS, BLUE, CLASS_COLOURS, ORANGE, PINK, VIOLET
from dashboards.panels.model import TIME, Column, Kind, Panel, Query, Type, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import COIN, FROM_MS, IN_RANGE, MARKET, OLDEST_ORDER, TO_MS
from schemas.signals import CrossKind

MOST_WALLS: Final = 100
MOST_FINDINGS: Final = 100
MOST_ACTIONS: Final = 50

KIND_COLOURS: Final[Mapping[str, str]] = {
    CrossKind.WALL: BLUE,
    CrossKind.COPIED: PINK,
    CrossKind.MOVED: VIOLET,
    CrossKind.LURE_TAKING: ORANGE,
}
"""What was seen on several markets."""

_SCALE: Final = f"""
    SELECT t.market AS market, argMax(t.basis, t.event_time) AS basis,
           argMax(t.own, t.event_time) AS own, argMax(t.mid, t.event_time) AS mid
    FROM
    (
        SELECT event_time, mid, toString(told.1) AS market, told.2 AS basis, told.3 AS own
        FROM
        (
            SELECT event_time, mid, arrayJoin(arrayZip(markets, basis_bps, mids)) AS told
            FROM cross_1s
            WHERE {COIN} AND {IN_RANGE}
        )
    ) AS t
    WHERE t.basis IS NOT NULL AND t.own IS NOT NULL AND t.mid IS NOT NULL
    GROUP BY market"""
"""Basis (bps), mid (USD of one coin) and common mid of each market, as last told."""

_UNITS: Final = f"""
    SELECT concat(venue, ':', symbol) AS market, argMax(b.mid, b.event_time) AS book_mid,
           argMax(b.quote_usd, b.event_time) AS worth
    FROM book_1s AS b
    WHERE {MARKET} AND {IN_RANGE} AND b.mid IS NOT NULL AND b.quote_usd IS NOT NULL
    GROUP BY market"""
"""Mid as the venue writes it, and what its quote is worth, USD."""

WALLS: Final = Panel(
    key="markets.walls",
    title="Walls of all markets",
    question="Which walls stand on which market, at what price after basis, worth how much?",
    kind=Kind.TABLE,
    width=24,
    height=10,
    query=Query(
        f"""
SELECT
    o.side AS side,
    toFloat64(printf('%.7g', o.price * u.worth / exp10(round(log10(u.book_mid * u.worth / s.own)))
        / exp(s.basis / 1e4))) AS common_price,
    o.market AS market,
    o.value_usd AS value,
    abs(log(common_price / s.mid)) * 1e4 AS distance_bps,
    o.classification AS classification,
    greatest(0, {TO_MS} - o.first_seen) AS age_ms,
    toString(o.first_seen - {LINK_MARGIN_MS}) AS link_from,
    toString({TO_MS} + {LINK_MARGIN_MS}) AS link_to,
    o.venue AS venue,
    o.symbol AS symbol,
    o.order_id AS order_id
FROM
(
    SELECT *, concat(venue, ':', symbol) AS market
    FROM large_orders
    WHERE {MARKET} AND {OLDEST_ORDER} AND closed_at IS NULL
) AS o
INNER JOIN ({_SCALE}
) AS s ON o.market = s.market
INNER JOIN ({_UNITS}
) AS u ON o.market = u.market
ORDER BY common_price DESC, order_id
LIMIT {MOST_WALLS}""",
        (
            _text("side", "Side", chars=5),
            _number("common_price", "Price after basis", Unit.LOCALE, nullable=True),
            _text("market", "Market", chars=26),
            _number("value", "Worth", Unit.USD, decimals=2),
            _number("distance_bps", "Distance", Unit.BPS, nullable=True, decimals=1),
            _text("classification", "Classification"),
            _number("age_ms", "Age", Unit.MS, decimals=1),
            *LINKED_ORDER,
        ),
    ),
    colours=CLASS_COLOURS,
    coloured="classification",
    link=ORDER_LINK,
)

AGREEMENT: Final = Panel(
    key="markets.agreement",
    title="Agreement",
    question="What did each market say, and what do they add up to?",
    kind=Kind.STATES,
    gap_s=SAID_AGAIN_S,
    width=24,
    height=8,
    query=Query(
        f"""
SELECT time, tupleElement(told, 1) AS market, tupleElement(told, 2) AS final_action
FROM
(
    SELECT a.time AS time, a.event_id AS event_id,
           arrayJoin(arrayZip(
               arrayConcat(['{TOGETHER}'], arrayMap(name -> {spaced("name")}, a.markets)),
               arrayConcat([toString(a.final_action)],
                           arrayMap(said -> toString(said), a.actions)))) AS told
    FROM cross_actions AS a
    WHERE {COIN} AND {IN_RANGE}
)
ORDER BY time, market, event_id""",
        (TIME, _text("market"), _text("final_action", "Final action")),
    ),
    colours=ACTION_COLOURS,
)

ACTIONS: Final = Panel(
    key="markets.actions",
    title="Who agrees, who objects",
    question="Which markets agree with the action of all, and which point the other way?",
    kind=Kind.TABLE,
    width=24,
    height=8,
    query=Query(
        f"""
SELECT
    final_action,
    buy_score,
    sell_score,
    arrayStringConcat(agreeing, ', ') AS agree,
    arrayStringConcat(against, ', ') AS object,
    time AS since
FROM cross_actions
WHERE {COIN} AND {IN_RANGE}
ORDER BY event_time DESC, event_id
LIMIT {MOST_ACTIONS}""",
        (
            _text("final_action", "Action of all", chars=13),
            _number("buy_score", "Buy score", decimals=1),
            _number("sell_score", "Sell score", decimals=1),
            _text("agree", "Agree"),
            _text("object", "Object"),
            Column("since", Type.TIME, "Told", Unit.TIME),
        ),
    ),
    colours=ACTION_COLOURS,
    coloured="final_action",
)

FINDINGS: Final = Panel(
    key="markets.findings",
    title="Seen on several markets",
    question="Which walls stood on several markets, moved, were copied, or lured for another one?",
    kind=Kind.TABLE,
    width=24,
    height=10,
    query=Query(
        f"""
SELECT
    kind,
    side,
    toFloat64(printf('%.7g', price)) AS price,
    value,
    arrayStringConcat(names, ' > ') AS market_list,
    delay_ms,
    spread_bps,
    began,
    stage,
    toString(since_ms - {LINK_MARGIN_MS}) AS link_from,
    toString(until_ms + {LINK_MARGIN_MS}) AS link_to,
    splitByChar(':', names[1])[1] AS venue,
    splitByChar(':', names[1])[2] AS symbol,
    order_id
FROM
(
    SELECT
        f.finding_id AS finding_id,
        any(f.kind) AS kind,
        any(f.side) AS side,
        argMax(f.price, f.sequence) AS price,
        max(f.max_qty) * argMax(f.price, f.sequence) AS value,
        argMax(f.markets, f.sequence) AS names,
        any(f.delay_ms) AS delay_ms,
        max(f.spread_bps) AS spread_bps,
        min(f.time) AS began,
        argMax(f.stage, f.sequence) AS stage,
        min(f.since[1]) AS since_ms,
        max(f.event_time) AS until_ms,
        any(f.order_ids[1]) AS order_id
    FROM cross_findings AS f
    WHERE {COIN} AND event_time >= {FROM_MS} AND event_time <= {TO_MS}
    GROUP BY finding_id
)
ORDER BY began DESC, finding_id
LIMIT {MOST_FINDINGS}""",
        (
            _text("kind", "Kind", chars=11),
            _text("side", "Side", chars=5),
            _number("price", "Price", Unit.LOCALE, decimals=2),
            _number("value", "Worth", Unit.USD, decimals=2),
            _text("market_list", "Markets"),
            _number("delay_ms", "Later by, ms", decimals=0),
            _number("spread_bps", "Apart", Unit.BPS, decimals=2),
            Column("began", Type.TIME, "Seen", Unit.TIME),
            _text("stage", "Stage", chars=8),
            *LINKED_ORDER,
        ),
    ),
    colours=KIND_COLOURS,
    coloured="kind",
    link=ORDER_LINK,
)

PANELS: Final = (
    WALLS,
    LEADS,
    CVD,
    OPEN_INTEREST,
    AGREEMENT,
    ACTIONS,
    FINDINGS,
    BASIS,
    LEAD_LINES,
    CLOCKS,
    SKEW,
)
