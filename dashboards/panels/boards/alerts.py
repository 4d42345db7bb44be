"""The board of alerts: traps, swans, feed trouble, and every wall that was pulled."""

from __future__ import annotations

from typing import Final

from dashboards.panels.boards.large_orders import LINK_MARGIN_MS, ORDER_LINK
from dashboards.panels.colours import BLUE, CLASS_COLOURS, LEVEL_COLOURS, ORANGE, RED
from dashboards.panels.counts import Count, counts
from dashboards.panels.model import Column, Kind, Panel, Query, Type, Unit
from dashboards.panels.model import number as _number
from dashboards.panels.model import text as _text
from dashboards.panels.scope import FROM_MS, IN_RANGE, MARKET, OLDEST_ORDER, TO_MS

RATE: Final = counts(
    "alerts.rate",
    "Alerts",
    "How many alerts of each level were there, and when?",
    f"alerts AS a\nWHERE {MARKET} AND {IN_RANGE}",
    (
        Count("watch", "WATCH", BLUE, "a.level = 'WATCH'"),
        Count("high", "HIGH", ORANGE, "a.level = 'HIGH'"),
        Count("critical", "CRITICAL", RED, "a.level = 'CRITICAL'"),
    ),
    time="a.time",
)

LATEST: Final = Panel(
    key="alerts.latest",
    title="Latest alerts",
    question="What should a person look at?",
    kind=Kind.TABLE,
    width=24,
    height=9,
    query=Query(
        f"""
SELECT time, level, rule, symbol,
       message, venue
FROM alerts
WHERE {MARKET} AND {IN_RANGE}
ORDER BY time DESC, event_id
LIMIT 200""",
        (
            Column("time", Type.TIME, "Time", Unit.TIME),
            _text("level", "Level", chars=8),
            _text("rule", "Rule", chars=10),
            _text("symbol", "Symbol"),
            _text("message", "What happened"),
            _text("venue", "Venue", chars=13),
        ),
    ),
    colours=LEVEL_COLOURS,
    coloured="level",
)

PULLED: Final = Panel(
    key="alerts.pulled",
    title="Pulled walls",
    question="Which walls were pulled, how large were they and how long did they live?",
    kind=Kind.TABLE,
    width=24,
    height=10,
    query=Query(
        # The same view answers this question in docs/sql.md.
        f"""
SELECT closed_time AS time, symbol, side, price,
       max_value_usd, lifetime_ms, max_impact_ratio, distance_bps_min, spoof_score,
       classification, venue, order_id,
       toString(toUnixTimestamp64Milli(closed_time) - lifetime_ms - {LINK_MARGIN_MS}) AS link_from,
       toString(toUnixTimestamp64Milli(closed_time) + {LINK_MARGIN_MS}) AS link_to
FROM pulled_walls(from_ms = {FROM_MS}, to_ms = {TO_MS})
WHERE {MARKET}
ORDER BY time DESC, order_id
LIMIT 200""",
        (
            Column("time", Type.TIME, "Pulled", Unit.TIME),
            _text("symbol", "Symbol"),
            _text("side", "Side"),
            _number("price", "Price", Unit.PRICE),
            _number("max_value_usd", "Largest value", Unit.USD, decimals=2),
            _number("lifetime_ms", "Lived", Unit.MS),
            _number("max_impact_ratio", "Impact ratio", decimals=2),
            _number("distance_bps_min", "Nearest", Unit.BPS, decimals=1),
            _number("spoof_score", "Spoof score", decimals=2),
            _text("classification", "Classification"),
            _text("venue", "Venue", hidden=True),
            _text("order_id", "Order", hidden=True),
            _text("link_from", hidden=True),
            _text("link_to", hidden=True),
        ),
    ),
    colours=CLASS_COLOURS,
    coloured="classification",
    link=ORDER_LINK,
)

SPOOF_RATE: Final = counts(
    "alerts.spoof_rate",
    "Spoofs by side",
    "On which side are lures laid out, and when?",
    f"""
(
    SELECT fromUnixTimestamp64Milli(assumeNotNull(closed_at), 'UTC') AS closed_time, side
    FROM large_orders
    WHERE {MARKET} AND {OLDEST_ORDER} AND is_spoof AND state = 'closed'
      AND closed_at >= {FROM_MS} AND closed_at <= {TO_MS}
) AS o""",
    (
        Count("bids", "Bids", BLUE, "o.side = 'bid'"),
        Count("asks", "Asks", ORANGE, "o.side = 'ask'"),
    ),
    time="o.closed_time",
)

PANELS: Final = (RATE, LATEST, PULLED, SPOOF_RATE)
