"""Large orders by price and time: book, price, walls as bars, what was filled and pulled."""

from __future__ import annotations

from typing import Final

from dashboards.panels.colours import (
    BLUE,
    CLASS_COLOURS,
    GREEN,
    HEAT_COLOURS,
    LIGHT_ORANGE,
    ORANGE,
    RED,
)
from dashboards.panels.model import TIME, Kind, Panel, Query, Unit
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
    every_second,
    in_digits,
)

MAX_WALLS: Final = 60

WALL_SPANS: Final = f"""
SELECT
    greatest(first_seen, {FROM_MS}) AS start_ms,
    least(coalesce(closed_at, {NOW_MS}), {TO_MS}) AS end_ms,
    classification,
    side,
    price,
    max_value_usd,
    first_seen,
    coalesce(toString(close_reason), '') AS close_reason,
    lifetime_ms,
    fill_ratio,
    order_id
FROM large_orders
WHERE {MARKET} AND {IN_CLASS} AND {OLDEST_ORDER}
  AND (closed_at IS NULL OR closed_at >= {FROM_MS})
ORDER BY max_value_usd DESC, order_id
LIMIT {MAX_WALLS}"""

WALLS: Final = Panel(
    key="large_orders.walls",
    title="Walls",
    question="Where did the largest walls stand, and how did each end?",
    kind=Kind.SPANS,
    width=24,
    height=10,
    query=Query(
        f"SELECT * FROM ({WALL_SPANS}) ORDER BY start_ms, order_id",
        (
            _number("start_ms", "From", Unit.TIME),
            _number("end_ms", "To", Unit.TIME),
            _text("classification", "Classification"),
            _text("side", "Side"),
            _number("price", "Price"),
            _number("max_value_usd", "Largest value", Unit.USD),
            _number("first_seen", "First seen", Unit.TIME),
            _text("close_reason", "Ended"),
            _number("lifetime_ms", "Lived", Unit.MS),
            _number("fill_ratio", "Filled", Unit.RATIO, decimals=0),
            _text("order_id", "Order"),
        ),
    ),
    colours=CLASS_COLOURS,
)

_MID: Final = f"""
SELECT $__timeInterval(b.time) AS time, 'mid' AS line, argMax(b.mid, b.event_time) AS price
FROM {every_second("mid")} AS b
WHERE b.mid IS NOT NULL
GROUP BY time"""

MID: Final = Panel(
    key="large_orders.mid",
    title="Price",
    question="Where was the middle of the book?",
    kind=Kind.LINES,
    width=24,
    height=10,
    query=Query(
        f"{_MID}\nORDER BY time",
        (TIME, _text("line"), _number("price", "Price", Unit.LOCALE, nullable=True)),
        by_time=True,
    ),
    colours={"mid": BLUE},
)

_HEAT: Final = f"""(
    SELECT event_time, time, price, bid_usd, ask_usd
    FROM {every_second("heat_prices", "heat_bid_usd", "heat_ask_usd")}
    ARRAY JOIN heat_prices AS price, heat_bid_usd AS bid_usd, heat_ask_usd AS ask_usd
)"""

DOTS: Final = 40
"""Levels of the book drawn behind the walls at each time, those with most first."""

_HEAT_DOTS: Final = f"""
WITH cells AS
(
    SELECT $__timeInterval(h.time) AS time, h.price AS price,
           sum(h.bid_usd + h.ask_usd) / uniqExact(h.event_time) AS usd
    FROM {_HEAT} AS h
    GROUP BY time, h.price
),
(SELECT quantiles(0.8, 0.93, 0.98)(usd) FROM cells) AS steps
SELECT time,
       concat('heat', toString((usd >= steps[1]) + (usd >= steps[2]) + (usd >= steps[3])), ' ',
              toString(place)) AS line,
       price
FROM
(
    SELECT time, price, usd,
           row_number() OVER (PARTITION BY time ORDER BY usd DESC, price) AS place
    FROM cells
)
WHERE usd >= steps[1] AND place <= {DOTS}
ORDER BY time, line"""
"""Series without meaning of their own: `heat1 7` is the seventh level at each time, where it is
above four fifths of all cells of the picture."""

PRICE_WALLS: Final = Panel(
    key="large_orders.price_walls",
    title="Price and walls",
    question="Where did walls stand while the price moved, and how did each end?",
    kind=Kind.LINES,
    width=24,
    height=14,
    unit=Unit.LOCALE,
    query=Query(
        # Each wall is a line of its own with two points: a bar at its price over its life. They lie
        # at times that the price has as well: where it has none, its line would be broken.
        f"""
SELECT time, line, price
FROM
(
    {_MID}
    UNION ALL
    SELECT
        arrayJoin([began, greatest(ended, began + toIntervalSecond($__interval_s))]) AS time,
        concat(classification, ' ', side, ' ', {in_digits("price")}, ' since ',
               formatDateTime(fromUnixTimestamp64Milli(first_seen, 'UTC'), '%T')),
        price
    FROM
    (
        SELECT *, $__timeInterval(w.start_time) AS began, $__timeInterval(w.end_time) AS ended
        FROM
        (
            SELECT *, fromUnixTimestamp64Milli(start_ms, 'UTC') AS start_time,
                   fromUnixTimestamp64Milli(end_ms, 'UTC') AS end_time
            FROM ({WALL_SPANS})
        ) AS w
    )
)
ORDER BY time, line""",
        (TIME, _text("line"), _number("price", "Price", Unit.LOCALE, nullable=True)),
    ),
    behind=Query(_HEAT_DOTS, (TIME, _text("line"), _number("price", "Price", Unit.LOCALE))),
    colours={"mid": BLUE, **CLASS_COLOURS, **HEAT_COLOURS},
    parts=(MID, WALLS),
)

HEAT: Final = Panel(
    key="large_orders.heat",
    title="Order book",
    question="At which prices does liquidity stand, and since when?",
    kind=Kind.HEATMAP,
    width=24,
    height=10,
    unit=Unit.USD,
    query=Query(
        f"""
SELECT
    $__timeInterval(h.time) AS time,
    {in_digits("h.price")} AS bucket,
    sum(h.bid_usd + h.ask_usd) / uniqExact(h.event_time) AS usd
FROM {_HEAT} AS h
GROUP BY time, h.price
ORDER BY time, h.price""",
        (TIME, _text("bucket", "Price"), _number("usd", "Resting", Unit.USD)),
        by_time=True,
    ),
)

FILLS_PULLS: Final = Panel(
    key="large_orders.fills_pulls",
    title="Fills versus pulls",
    question="Are walls traded through or taken away?",
    kind=Kind.BARS,
    width=12,
    height=8,
    unit=Unit.USD,
    stacked=True,
    query=Query(
        # An order's figures are totals since its opening: the difference between its events counts.
        f"""
SELECT
    $__timeInterval(e.time) AS time,
    sumIf(e.traded_usd, e.side = 'bid') AS filled_bids,
    sumIf(e.traded_usd, e.side = 'ask') AS filled_asks,
    -sumIf(e.pulled_usd, e.side = 'bid') AS pulled_bids,
    -sumIf(e.pulled_usd, e.side = 'ask') AS pulled_asks
FROM
(
    SELECT
        time, side,
        price * (traded_qty - lagInFrame(traded_qty, 1, known_traded) OVER life) AS traded_usd,
        price * (cancelled_qty - lagInFrame(cancelled_qty, 1, known_cancelled) OVER life)
            AS pulled_usd
    FROM
    (
        SELECT *, if(sequence = 0, 0, traded_qty) AS known_traded,
               if(sequence = 0, 0, cancelled_qty) AS known_cancelled
        FROM large_order_events
        WHERE {MARKET} AND {OLDEST_ORDER} AND {IN_RANGE}
    )
    WINDOW life AS (PARTITION BY order_id ORDER BY sequence)
) AS e
GROUP BY time
ORDER BY time""",
        (
            TIME,
            # Takers who fill bids sell: the colours say who was aggressive.
            _number("filled_bids", "Filled bids", Unit.USD, colour=RED),
            _number("filled_asks", "Filled asks", Unit.USD, colour=GREEN),
            _number("pulled_bids", "Pulled bids", Unit.USD, colour=ORANGE),
            _number("pulled_asks", "Pulled asks", Unit.USD, colour=LIGHT_ORANGE),
        ),
    ),
)
